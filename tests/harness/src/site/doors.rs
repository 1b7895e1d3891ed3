//! One port for `http` and `https`: two origins that differ in nothing but their scheme.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::serve::Listener;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring},
};

/// How TLS's handshake records begin (RFC 8446, section 5.1); no method of HTTP begins so.
const HANDSHAKE: u8 = 22;

/// A connection of either kind.
pub(super) trait Both: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Both for T {}

type Connection = Box<dyn Both>;

/// A listener whose connections have told of which kind they are, and have finished their handshake.
pub(super) struct Doors {
    address: SocketAddr,
    entered: mpsc::Receiver<(Connection, SocketAddr)>,
}

impl Doors {
    /// Takes over `listener`, with a certificate of its own making: only a browser that is told to trust any takes it.
    pub(super) fn open(listener: TcpListener) -> Result<Self> {
        let address = listener.local_addr()?;
        let acceptor = acceptor()?;
        let (enters, entered) = mpsc::channel(16);
        // Browsers open connections ahead of need and say nothing on them: each waits by itself.
        tokio::spawn(async move {
            while let Ok((stream, from)) = listener.accept().await {
                let (acceptor, enters) = (acceptor.clone(), enters.clone());
                tokio::spawn(async move {
                    if let Ok(connection) = enter(stream, &acceptor).await {
                        let _ = enters.send((connection, from)).await;
                    }
                });
            }
        });
        Ok(Self { address, entered })
    }
}

async fn enter(stream: TcpStream, acceptor: &TlsAcceptor) -> std::io::Result<Connection> {
    let mut first = [0];
    stream.peek(&mut first).await?;
    Ok(if first == [HANDSHAKE] { Box::new(acceptor.accept(stream).await?) } else { Box::new(stream) })
}

fn acceptor() -> Result<TlsAcceptor> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).context("no certificate can be made")?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

impl Listener for Doors {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.entered.recv().await {
            Some(entered) => entered,
            // The accepting task is gone; so is the runtime.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        Ok(self.address)
    }
}
