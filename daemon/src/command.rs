//! The command line's connection: one command, then its reports.

use crate::{
    connection::send,
    daemon::Daemon,
    fault::{self, Result},
    notice::{Notice, PeerId},
    requests::Owner,
};
use countersign_seal::{id::RequestId, origin::Origin, pairing::LIFETIME_MILLIS};
use countersign_vault::item::ItemSummary;
use countersign_wire::{
    control::{Command, Report},
    local::{Fault, Progress},
    native::{Packet, from_data, to_data},
    socket::Sender,
};
use std::sync::Arc;

/// What the command line waits for.
enum Waiting {
    Nothing,
    /// For a device to join.
    Pairing,
    /// For the phone to answer an edit.
    Edit {
        request: RequestId,
        item: Box<ItemSummary>,
    },
}

/// The command line's connection.
pub(crate) struct CommandLine {
    daemon: Arc<Daemon>,
    peer: PeerId,
    waiting: Waiting,
}

impl CommandLine {
    pub(crate) const fn new(daemon: Arc<Daemon>, peer: PeerId) -> Self {
        Self { daemon, peer, waiting: Waiting::Nothing }
    }

    /// Obeys one command. A command that fails is reported; only a malformed one ends the connection.
    pub(crate) async fn heed(&mut self, packet: Packet, sender: &mut Sender) -> Result<()> {
        let Packet::Command { data } = packet else { return Err(Fault::Malformed) };
        let command = from_data(&data, "command").map_err(fault::foreign)?;
        let report = self.obey(command).await.unwrap_or_else(Report::Fault);
        self.report(&report, sender).await
    }

    async fn obey(&mut self, command: Command) -> Result<Report> {
        let daemon = Arc::clone(&self.daemon);
        match command {
            Command::Status => self.status().await,
            Command::SetUp { pin, name } => {
                daemon.set_up(pin, &name).await?;
                self.status().await
            }
            Command::Unlock { pin } => {
                daemon.unlock(pin).await?;
                self.status().await
            }
            Command::Lock => {
                daemon.lock().await;
                self.status().await
            }
            Command::PairBrowser => {
                let digits = daemon.show_code(self.peer).await?;
                self.waiting = Waiting::Pairing;
                Ok(Report::Code { digits, lifetime_millis: LIFETIME_MILLIS })
            }
            Command::PairPhone => {
                let url = daemon.show_link(self.peer).await?;
                self.waiting = Waiting::Pairing;
                Ok(Report::Link { url, lifetime_millis: LIFETIME_MILLIS })
            }
            Command::Devices => daemon.devices().await.map(Report::Devices),
            Command::Add(draft) => daemon.add(draft).await.map(Report::Item),
            Command::List { query } => self.list(&query).await,
            Command::Edit { item, draft } => {
                let (item, request) = daemon.edit(self.peer, Owner::CommandLine, item, draft).await?;
                if let Some(request) = request {
                    self.waiting = Waiting::Edit { request, item: Box::new(item.clone()) };
                }
                Ok(Report::Item(item))
            }
            Command::Remove { item } => daemon.remove(item).await.map(|()| Report::Done),
            Command::SetRelay { relay, phone } => {
                let parse =
                    |text: Option<String>| text.map(|text| Origin::parse(&text)).transpose().map_err(fault::foreign);
                daemon.set_relay(parse(relay)?.as_ref(), parse(phone)?).await?;
                self.status().await
            }
            Command::Stop => {
                daemon.stop();
                Ok(Report::Done)
            }
            Command::Corrections { offset } => {
                let (sites, total) = daemon.corrected_sites(offset).await?;
                Ok(Report::Corrections { sites, total })
            }
            Command::ForgetCorrections { site } => daemon.forget_corrections(&site).await.map(|()| Report::Done),
        }
    }

    async fn status(&self) -> Result<Report> {
        Ok(Report::Status(self.daemon.full_status().await))
    }

    /// All items, page after page.
    async fn list(&self, query: &str) -> Result<Report> {
        let mut items = Vec::new();
        loop {
            let offset = u32::try_from(items.len()).map_err(fault::internal)?;
            let (page, total) = self.daemon.list(query, offset).await?;
            let is_last = page.is_empty();
            items.extend(page);
            if is_last || u32::try_from(items.len()).is_ok_and(|count| count >= total) {
                return Ok(Report::Items(items));
            }
        }
    }

    /// Reports what happens while the command line waits.
    pub(crate) async fn pass_on(&mut self, notice: Notice, sender: &mut Sender) -> Result<()> {
        let report = match (&self.waiting, notice) {
            (Waiting::Pairing, Notice::Paired { name, kind }) => {
                self.waiting = Waiting::Nothing;
                Report::Paired { name, kind }
            }
            (Waiting::Pairing, Notice::PairingFailed(fault)) => {
                self.waiting = Waiting::Nothing;
                Report::Fault(fault)
            }
            (Waiting::Pairing, Notice::Progress { progress, .. }) => Report::Progress(progress),
            (Waiting::Edit { .. }, Notice::Number { number, .. }) => Report::Number(number),
            (Waiting::Edit { request, .. }, Notice::Progress { request: moved, progress }) if *request == moved => {
                self.report(&Report::Progress(progress), sender).await?;
                return self.end_edit(progress, sender).await;
            }
            (Waiting::Edit { .. }, Notice::Item(item)) => {
                self.waiting = Waiting::Nothing;
                Report::Item(*item)
            }
            _ => return Ok(()),
        };
        self.report(&report, sender).await
    }

    /// An edit that nobody answered goes on waiting; the command line need not.
    async fn end_edit(&mut self, progress: Progress, sender: &mut Sender) -> Result<()> {
        if !matches!(
            progress,
            Progress::Expired | Progress::PhoneUnreachable | Progress::RelayUnreachable | Progress::Cancelled
        ) {
            return Ok(());
        }
        match core::mem::replace(&mut self.waiting, Waiting::Nothing) {
            Waiting::Edit { item, .. } => self.report(&Report::Item(*item), sender).await,
            _ => Ok(()),
        }
    }

    async fn report(&self, report: &Report, sender: &mut Sender) -> Result<()> {
        send(sender, &Packet::Report { data: to_data(report).map_err(fault::internal)? }).await
    }
}
