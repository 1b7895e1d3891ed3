//! The way to the daemon: commands there, reports back.

use crate::{Result, text::Failure};
use countersign_vault::item::ItemSummary;
use countersign_wire::{
    control::{Command, FullStatus, Report},
    correction::SiteCorrections,
    local::Fault,
    native::{Packet, from_data, to_data},
    socket,
};

/// A connection to the running daemon.
pub(crate) struct Daemon {
    receiver: socket::Receiver,
    sender: socket::Sender,
}

impl Daemon {
    /// Connects; that nobody listens is [`Fault::NoDaemon`].
    pub(crate) async fn connect() -> Result<Self> {
        let (receiver, sender) = socket::connect(&socket::path()?).await.map_err(|_| Fault::NoDaemon)?;
        Ok(Self { receiver, sender })
    }

    /// Sends a command.
    pub(crate) async fn tell(&mut self, command: &Command) -> Result<()> {
        let data = to_data(command).map_err(|_| Fault::Malformed)?;
        self.sender.send(&Packet::Command { data }).await.map_err(|_| ended())
    }

    /// The next report; a fault is an error.
    pub(crate) async fn hear(&mut self) -> Result<Report> {
        let packet = self.receiver.receive().await.map_err(|_| ended())?;
        let report = match packet.ok_or_else(ended)? {
            Packet::Report { data } => from_data(&data, "report").map_err(|_| Fault::Version)?,
            Packet::Fault(fault) => Report::Fault(fault),
            _ => return Err(Fault::Malformed.into()),
        };
        match report {
            Report::Fault(fault) => Err(fault.into()),
            report => Ok(report),
        }
    }

    async fn ask(&mut self, command: Command) -> Result<Report> {
        self.tell(&command).await?;
        self.hear().await
    }

    /// A command that answers with the status.
    pub(crate) async fn status(&mut self, command: Command) -> Result<FullStatus> {
        match self.ask(command).await? {
            Report::Status(status) => Ok(status),
            _ => Err(Fault::Malformed.into()),
        }
    }

    /// A command that answers that it is done.
    pub(crate) async fn done(&mut self, command: Command) -> Result<()> {
        match self.ask(command).await? {
            Report::Done => Ok(()),
            _ => Err(Fault::Malformed.into()),
        }
    }

    /// A command that answers with one item.
    pub(crate) async fn item(&mut self, command: Command) -> Result<ItemSummary> {
        match self.ask(command).await? {
            Report::Item(item) => Ok(item),
            _ => Err(Fault::Malformed.into()),
        }
    }

    /// All sites of whose fields the user said something.
    pub(crate) async fn corrections(&mut self) -> Result<Vec<SiteCorrections>> {
        let mut all = Vec::new();
        loop {
            let offset = u32::try_from(all.len()).unwrap_or(u32::MAX);
            let Report::Corrections { sites, total } = self.ask(Command::Corrections { offset }).await? else {
                return Err(Fault::Malformed.into());
            };
            let is_last = sites.is_empty();
            all.extend(sites);
            if is_last || u32::try_from(all.len()).is_ok_and(|count| count >= total) {
                return Ok(all);
            }
        }
    }

    /// The items that `query` finds.
    pub(crate) async fn items(&mut self, query: &str) -> Result<Vec<ItemSummary>> {
        match self.ask(Command::List { query: query.to_owned() }).await? {
            Report::Items(items) => Ok(items),
            _ => Err(Fault::Malformed.into()),
        }
    }
}

fn ended() -> Failure {
    Failure::new("error-ended")
}
