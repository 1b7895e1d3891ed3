//! Puts envelopes into mailboxes and takes them out: one task, which writes all that waits in one transaction. A commit waits for the disk; so however many devices
//! write at once, they wait for it together.

use crate::{
    Error, Result,
    store::{begin, end},
};
use countersign_seal::{
    envelope::Envelope,
    id::{AccountId, DeviceId},
};
use sqlx::{SqliteConnection, SqlitePool};
use tokio::sync::{mpsc, oneshot};

/// The most envelopes waiting in one mailbox from one sender.
pub(crate) const MAIL_LIMIT: i64 = 500;
/// The most writes of one transaction.
const BATCH: usize = 256;

/// What came of putting an envelope into a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Posted {
    /// It waits there.
    Waiting,
    /// This message id was posted before; nothing changed.
    Known,
    /// The sender has too much waiting there.
    Full,
}

/// Something to write, and who waits until it is on the disk.
enum Write {
    Post(Envelope, oneshot::Sender<Posted>),
    /// What the device has dealt with, up to this delivery.
    Acknowledge(AccountId, DeviceId, u64, oneshot::Sender<()>),
}

/// What came of a write.
enum Outcome {
    Posted(Posted),
    Acknowledged,
}

/// The line to the writing task, which ends with the last of these.
#[derive(Debug, Clone)]
pub(crate) struct Writer(mpsc::Sender<Write>);

impl Writer {
    /// Begins the task.
    pub(crate) fn start(pool: SqlitePool) -> Self {
        let (line, writes) = mpsc::channel(BATCH);
        tokio::spawn(run(pool, writes));
        Self(line)
    }

    /// Puts an envelope into its recipient's mailbox; it is on the disk when this returns.
    pub(crate) async fn post(&self, envelope: Envelope) -> Result<Posted> {
        let (done, written) = oneshot::channel();
        self.write(Write::Post(envelope, done), written).await
    }

    /// Deletes what a device has dealt with.
    pub(crate) async fn acknowledge(&self, account: AccountId, recipient: DeviceId, delivery: u64) -> Result<()> {
        let (done, written) = oneshot::channel();
        self.write(Write::Acknowledge(account, recipient, delivery, done), written).await
    }

    async fn write<T>(&self, write: Write, written: oneshot::Receiver<T>) -> Result<T> {
        self.0.send(write).await.map_err(|_| Error::NotWritten)?;
        written.await.map_err(|_| Error::NotWritten)
    }
}

async fn run(pool: SqlitePool, mut writes: mpsc::Receiver<Write>) {
    let mut batch = Vec::with_capacity(BATCH);
    while writes.recv_many(&mut batch, BATCH).await > 0 {
        if let Err(error) = commit(&pool, &mut batch).await {
            tracing::error!(%error, writes = batch.len(), "writing");
            // One that cannot be written must not take the others with it.
            for write in batch.drain(..) {
                if let Err(error) = commit(&pool, &mut vec![write]).await {
                    tracing::error!(%error, "writing");
                }
            }
        }
    }
}

/// Writes all in one transaction, and then tells those who wait. On error nobody is told, and the batch is as it was.
async fn commit(pool: &SqlitePool, batch: &mut Vec<Write>) -> Result<()> {
    let mut connection = pool.acquire().await?;
    begin(&mut connection).await?;
    let performed = perform_all(batch, &mut connection).await;
    let outcomes = end(&mut connection, performed).await?;
    // Who does not wait any more has hung up.
    for (write, outcome) in batch.drain(..).zip(outcomes) {
        match (write, outcome) {
            (Write::Post(_, done), Outcome::Posted(posted)) => drop(done.send(posted)),
            (Write::Acknowledge(.., done), Outcome::Acknowledged) => drop(done.send(())),
            (Write::Post(..), Outcome::Acknowledged) | (Write::Acknowledge(..), Outcome::Posted(_)) => {}
        }
    }
    Ok(())
}

async fn perform_all(batch: &[Write], connection: &mut SqliteConnection) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::with_capacity(batch.len());
    for write in batch {
        outcomes.push(perform(write, connection).await?);
    }
    Ok(outcomes)
}

async fn perform(write: &Write, connection: &mut SqliteConnection) -> Result<Outcome> {
    match write {
        Write::Post(envelope, _) => post(envelope, connection).await.map(Outcome::Posted),
        Write::Acknowledge(account, recipient, delivery, _) => {
            sqlx::query("DELETE FROM mail WHERE account = ? AND recipient = ? AND delivery <= ?")
                .bind(account.as_bytes().as_slice())
                .bind(recipient.as_bytes().as_slice())
                .bind(i64::try_from(*delivery).unwrap_or(i64::MAX))
                .execute(connection)
                .await?;
            Ok(Outcome::Acknowledged)
        }
    }
}

async fn post(envelope: &Envelope, connection: &mut SqliteConnection) -> Result<Posted> {
    let header = envelope.header();
    let waiting: i64 =
        sqlx::query_scalar("SELECT count(*) FROM mail WHERE account = ? AND recipient = ? AND sender = ?")
            .bind(header.account.as_bytes().as_slice())
            .bind(header.recipient.as_bytes().as_slice())
            .bind(header.sender.as_bytes().as_slice())
            .fetch_one(&mut *connection)
            .await?;
    if waiting >= MAIL_LIMIT {
        return Ok(Posted::Full);
    }
    let result = sqlx::query(
        "INSERT INTO mail (account, recipient, sender, message, expires, envelope) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(header.account.as_bytes().as_slice())
    .bind(header.recipient.as_bytes().as_slice())
    .bind(header.sender.as_bytes().as_slice())
    .bind(header.id.as_bytes().as_slice())
    .bind(i64::try_from(header.expires.0).unwrap_or(i64::MAX))
    .bind(envelope.as_bytes())
    .execute(connection)
    .await?;
    Ok(if result.rows_affected() == 0 { Posted::Known } else { Posted::Waiting })
}
