// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The umux authors

//! The channel on the wire: Noise_XK_25519_ChaChaPoly_BLAKE2s over TCP.
//!
//! Whoever dials knows the key of whom it dials, and proves its own in the third
//! message; a handshake that somebody recorded is of no use, nor is a frame: each
//! direction counts its frames. After eight bytes that name the protocol, everything
//! is frames of two bytes of length, big-endian, and so many bytes of ciphertext.

use crate::key::{Public, Secret};
use serde::Serialize;
use serde::de::DeserializeOwned;
use snow::params::NoiseParams;
use snow::{Builder, HandshakeState, StatelessTransportState};
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Names the protocol and its version; bound into the handshake.
const PREAMBLE: &[u8; 8] = b"UMUXDNS1";

/// Greatest frame (Noise, section 3).
const FRAME_MAX: usize = 65_535;
/// What encryption adds to it.
const TAG: usize = 16;

/// Why a channel ended, or did not begin.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// The connection.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The other speaks something else.
    #[error(
        "the other end does not speak this version of the channel: is the port right, and are both of one release?"
    )]
    Preamble,
    /// A frame that is not what it should be, or not from whom it should be.
    #[error("a frame cannot be trusted ({0}): the keys do not match, or somebody is in between")]
    Untrusted(snow::Error),
    /// Decrypted, but no message.
    #[error("a message makes no sense ({0}): are both of one release?")]
    Nonsense(serde_json::Error),
    /// Too long for a frame.
    #[error("a message is too long for a frame")]
    TooLong,
    /// All frames that one key may encrypt are used up.
    #[error("the key has been used for as many frames as it may be")]
    Worn,
}

fn params() -> NoiseParams {
    // The name is fixed, and a test reads it.
    "Noise_XK_25519_ChaChaPoly_BLAKE2s"
        .parse()
        .unwrap_or_else(|_| unreachable!())
}

/// The public half of a key.
pub fn public_of(secret: &Secret) -> Public {
    use snow::resolvers::{CryptoResolver, DefaultResolver};
    let mut dh = DefaultResolver
        .resolve_dh(&snow::params::DHChoice::Curve25519)
        .unwrap_or_else(|| unreachable!());
    dh.set(secret.bytes());
    Public::from_bytes(dh.pubkey()).unwrap_or_else(|| unreachable!())
}

/// The half that sends.
pub struct Sender<W> {
    to: W,
    cipher: Arc<StatelessTransportState>,
    nonce: u64,
    plain: Vec<u8>,
    frame: Vec<u8>,
}

/// The half that receives.
pub struct Receiver<R> {
    from: R,
    cipher: Arc<StatelessTransportState>,
    nonce: u64,
    frame: Vec<u8>,
    plain: Vec<u8>,
}

impl<W: AsyncWrite + Unpin> Sender<W> {
    /// Puts one message into what [`Sender::flush`] sends.
    pub fn put<T: Serialize>(&mut self, message: &T) -> Result<(), ChannelError> {
        self.plain.clear();
        serde_json::to_writer(&mut self.plain, message).map_err(ChannelError::Nonsense)?;
        let len = self.plain.len() + TAG;
        if len > FRAME_MAX {
            return Err(ChannelError::TooLong);
        }
        if self.nonce == u64::MAX {
            return Err(ChannelError::Worn);
        }
        let begin = self.frame.len();
        self.frame.resize(begin + 2 + len, 0);
        self.frame[begin..begin + 2].copy_from_slice(&(len as u16).to_be_bytes());
        self.cipher
            .write_message(self.nonce, &self.plain, &mut self.frame[begin + 2..])
            .map_err(ChannelError::Untrusted)?;
        self.nonce += 1;
        Ok(())
    }

    /// Bytes that wait to be sent.
    pub fn waiting(&self) -> usize {
        self.frame.len()
    }

    /// Sends what was put.
    pub async fn flush(&mut self) -> Result<(), ChannelError> {
        self.to.write_all(&self.frame).await?;
        self.frame.clear();
        self.to.flush().await?;
        Ok(())
    }
}

impl<R: AsyncRead + Unpin> Receiver<R> {
    /// The next message. Not to be interrupted and called again.
    pub async fn next<T: DeserializeOwned>(&mut self) -> Result<T, ChannelError> {
        read_frame(&mut self.from, &mut self.frame).await?;
        self.plain.resize(self.frame.len(), 0);
        let len = self
            .cipher
            .read_message(self.nonce, &self.frame, &mut self.plain)
            .map_err(ChannelError::Untrusted)?;
        self.nonce += 1;
        serde_json::from_slice(&self.plain[..len]).map_err(ChannelError::Nonsense)
    }
}

async fn read_frame(from: &mut (impl AsyncRead + Unpin), to: &mut Vec<u8>) -> io::Result<()> {
    let len = from.read_u16().await?;
    to.resize(usize::from(len), 0);
    from.read_exact(to).await?;
    Ok(())
}

async fn write_frame(to: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
    let mut frame = Vec::with_capacity(bytes.len() + 2);
    frame.extend_from_slice(&(bytes.len() as u16).to_be_bytes());
    frame.extend_from_slice(bytes);
    to.write_all(&frame).await?;
    to.flush().await
}

/// Steps of a handshake: it writes, it reads, and so on.
async fn shake(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    state: &mut HandshakeState,
) -> Result<(), ChannelError> {
    // A message of a handshake has two keys and two tags at most.
    let mut room = [0; 256];
    let mut frame = Vec::new();
    while !state.is_handshake_finished() {
        if state.is_my_turn() {
            let len = state
                .write_message(&[], &mut room)
                .map_err(ChannelError::Untrusted)?;
            write_frame(stream, &room[..len]).await?;
        } else {
            read_frame(stream, &mut frame).await?;
            state
                .read_message(&frame, &mut room)
                .map_err(ChannelError::Untrusted)?;
        }
    }
    Ok(())
}

/// What a handshake makes of a connection.
pub struct Channel<S> {
    /// Whom it is with.
    pub peer: Public,
    /// Sends.
    pub to: Sender<tokio::io::WriteHalf<S>>,
    /// Receives.
    pub from: Receiver<tokio::io::ReadHalf<S>>,
}

fn channel<S: AsyncRead + AsyncWrite>(
    stream: S,
    state: HandshakeState,
    peer: Public,
) -> Result<Channel<S>, ChannelError> {
    let cipher = state
        .into_stateless_transport_mode()
        .map_err(ChannelError::Untrusted)?;
    let cipher = Arc::new(cipher);
    let (from, to) = tokio::io::split(stream);
    Ok(Channel {
        peer,
        to: Sender {
            to,
            cipher: Arc::clone(&cipher),
            nonce: 0,
            plain: Vec::new(),
            frame: Vec::new(),
        },
        from: Receiver {
            from,
            cipher,
            nonce: 0,
            frame: Vec::new(),
            plain: Vec::new(),
        },
    })
}

/// Dials: the other must have the key `peer`.
pub async fn dial<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    own: &Secret,
    peer: Public,
) -> Result<Channel<S>, ChannelError> {
    let mut state = Builder::new(params())
        .local_private_key(own.bytes())
        .and_then(|b| b.remote_public_key(peer.bytes()))
        .and_then(|b| b.prologue(PREAMBLE))
        .and_then(Builder::build_initiator)
        .map_err(ChannelError::Untrusted)?;
    stream.write_all(PREAMBLE).await?;
    shake(&mut stream, &mut state).await?;
    channel(stream, state, peer)
}

/// Is dialled: who the other is, the caller has to judge.
pub async fn accept<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    own: &Secret,
) -> Result<Channel<S>, ChannelError> {
    let mut state = Builder::new(params())
        .local_private_key(own.bytes())
        .and_then(|b| b.prologue(PREAMBLE))
        .and_then(Builder::build_responder)
        .map_err(ChannelError::Untrusted)?;
    let mut preamble = [0; PREAMBLE.len()];
    stream.read_exact(&mut preamble).await?;
    if &preamble != PREAMBLE {
        return Err(ChannelError::Preamble);
    }
    shake(&mut stream, &mut state).await?;
    let peer = state.get_remote_static().and_then(Public::from_bytes);
    let peer = peer.ok_or(ChannelError::Untrusted(snow::Error::Input))?;
    channel(stream, state, peer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> Secret {
        Secret::generate().expect("random bits")
    }

    type Ends = (
        Result<Channel<tokio::io::DuplexStream>, ChannelError>,
        Result<Channel<tokio::io::DuplexStream>, ChannelError>,
    );

    async fn meet(a: &Secret, b: &Secret, pinned: Public) -> Ends {
        let (left, right) = tokio::io::duplex(1 << 17);
        tokio::join!(dial(left, a, pinned), accept(right, b))
    }

    #[tokio::test]
    async fn both_know_each_other_and_what_they_say_arrives() {
        let (a, b) = (key(), key());
        let (left, right) = meet(&a, &b, b.public()).await;
        let (mut left, mut right) = (left.expect("dialled"), right.expect("accepted"));
        assert_eq!(right.peer, a.public());
        for word in ["one", "two"] {
            left.to.put(&word).expect("short");
        }
        left.to.flush().await.expect("sent");
        assert_eq!(right.from.next::<String>().await.expect("first"), "one");
        assert_eq!(right.from.next::<String>().await.expect("second"), "two");
        right.to.put(&3).expect("short");
        right.to.flush().await.expect("sent");
        assert_eq!(left.from.next::<u8>().await.expect("an answer"), 3);
    }

    #[tokio::test]
    async fn another_key_than_the_pinned_one_is_not_talked_to() {
        let (a, b, c) = (key(), key(), key());
        let (left, right) = meet(&a, &b, c.public()).await;
        assert!(left.is_err(), "the dialler is not fooled");
        assert!(matches!(right.err(), Some(ChannelError::Untrusted(_))));
    }

    #[tokio::test]
    async fn a_message_beyond_a_frame_is_refused_and_harms_nothing() {
        let (a, b) = (key(), key());
        let (left, right) = meet(&a, &b, b.public()).await;
        let (mut left, mut right) = (left.expect("dialled"), right.expect("accepted"));
        let long = "x".repeat(FRAME_MAX);
        assert!(matches!(left.to.put(&long), Err(ChannelError::TooLong)));
        left.to.put(&1).expect("short");
        left.to.flush().await.expect("sent");
        assert_eq!(right.from.next::<u8>().await.expect("it goes on"), 1);
    }

    /// Records what a dialler says, then says it again to a new connection.
    #[tokio::test]
    async fn what_was_recorded_is_of_no_use_a_second_time() {
        let (a, b) = (key(), key());
        let (left, middle_left) = tokio::io::duplex(1 << 17);
        let (middle_right, right) = tokio::io::duplex(1 << 17);
        let recorder = tokio::spawn(async move {
            let (mut from, mut back) = tokio::io::split(middle_left);
            let (mut answers, mut to) = tokio::io::split(middle_right);
            tokio::spawn(async move { tokio::io::copy(&mut answers, &mut back).await });
            let mut all = Vec::new();
            let mut room = [0; 4096];
            loop {
                match from.read(&mut room).await {
                    Ok(0) | Err(_) => return all,
                    Ok(n) => {
                        all.extend_from_slice(&room[..n]);
                        to.write_all(&room[..n]).await.expect("open");
                    }
                }
            }
        });
        let (dialled, accepted) = tokio::join!(dial(left, &a, b.public()), accept(right, &b));
        let (mut dialled, mut accepted) = (dialled.expect("dialled"), accepted.expect("accepted"));
        dialled.to.put(&"arm").expect("short");
        dialled.to.flush().await.expect("sent");
        assert_eq!(accepted.from.next::<String>().await.expect("heard"), "arm");
        drop(dialled);
        let recorded = recorder.await.expect("recorded");
        assert!(recorded.len() > 100);

        let (mut replay, right) = tokio::io::duplex(1 << 17);
        replay.write_all(&recorded).await.expect("said again");
        let answer = accept(right, &b).await;
        assert!(matches!(answer.err(), Some(ChannelError::Untrusted(_))));
    }

    #[tokio::test]
    async fn a_frame_that_is_said_twice_is_refused_the_second_time() {
        let (a, b) = (key(), key());
        let (left, right) = meet(&a, &b, b.public()).await;
        let (mut left, mut right) = (left.expect("dialled"), right.expect("accepted"));
        left.to.put(&"arm").expect("short");
        let said = left.to.frame.clone();
        left.to.frame.extend_from_slice(&said);
        left.to.flush().await.expect("sent");
        assert_eq!(right.from.next::<String>().await.expect("once"), "arm");
        let again = right.from.next::<String>().await;
        assert!(matches!(again.err(), Some(ChannelError::Untrusted(_))));
    }

    proptest! {
        /// Whatever comes in, it ends in an error, never in a panic or a channel.
        #[test]
        fn noise_in_the_other_sense_is_refused(mut bytes: Vec<u8>, sound: bool) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            if sound {
                bytes.splice(0..0, *PREAMBLE);
            }
            runtime.block_on(async {
                let (mut left, right) = tokio::io::duplex(1 << 17);
                left.write_all(&bytes).await.expect("room");
                left.shutdown().await.expect("open");
                let own = key();
                prop_assert!(accept(right, &own).await.is_err());
                Ok(())
            })?;
        }

        /// A byte changed on the way is noticed.
        #[test]
        fn a_frame_that_was_changed_is_refused(at in 2usize..40, bit in 0u8..8) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            runtime.block_on(async {
                let (a, b) = (key(), key());
                let (left, right) = meet(&a, &b, b.public()).await;
                let (mut left, mut right) = (left.expect("dialled"), right.expect("accepted"));
                left.to.put(&"0123456789012345678901234567890123456789").expect("short");
                left.to.frame[at] ^= 1 << bit;
                left.to.flush().await.expect("sent");
                prop_assert!(right.from.next::<String>().await.is_err());
                Ok(())
            })?;
        }
    }
}
