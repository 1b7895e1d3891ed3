//! The deposit: bytes that anybody can seal to a device and only that device opens.
//!
//! ```text
//! version · suite · recipient's fingerprint · RSA-2048-OAEP-SHA256(content key) · nonce · AES-256-GCM(padded bytes; context and header as AAD)
//! ```
//!
//! A browser keeps what the daemon could not be told meanwhile as a deposit: whoever reads the browser's profile finds ciphertext, and the browser itself cannot open
//! it any more. **It proves nothing of its sender**: there is no signature in it, and whoever has the device's public keys can make one. So a device takes a deposit only
//! inside the session of a browser that the device log lists; that is also what keeps strangers from the private-key operation (RUSTSEC-2023-0071). It may be delivered
//! twice, and late: what is inside says when it was made.

use crate::{
    Error, Result, cipher, codec, context,
    id::DeviceId,
    kdf,
    keys::{BLOCK, DeviceKeys, PublicKeys, WrappedKey},
    secret::{Key256, SecretBytes},
};

/// The largest deposit in bytes.
pub const LIMIT: usize = 32 * 1024;
/// The most bytes that can be deposited.
pub const CONTENT_LIMIT: usize = 24 * 1024;

const VERSION: u8 = 1;
/// RSA-2048-OAEP-SHA256 and AES-256-GCM.
const SUITE: u8 = 1;
/// Version, suite, recipient.
const HEADER: usize = 2 + DeviceId::LEN;
/// What is deposited is padded to multiples of this: a deposit does not tell how long a password is.
const STEP: usize = 1024;

/// Bytes that only one device opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deposit {
    recipient: DeviceId,
    bytes: Vec<u8>,
}

impl Deposit {
    /// Encrypts to a device. Needs only its public keys.
    ///
    /// # Errors
    /// [`Error::TooLarge`] above [`CONTENT_LIMIT`], [`Error::NotAllowed`] for a device that nobody can encrypt to, [`Error::Platform`].
    pub fn make(device: &PublicKeys, plaintext: &SecretBytes) -> Result<Self> {
        let length = plaintext.expose().len();
        if length > CONTENT_LIMIT {
            return Err(Error::TooLarge { what: "deposit", limit: CONTENT_LIMIT });
        }
        let wrapping = device.wrapping.as_ref().ok_or(Error::NotAllowed("nobody deposits for a browser"))?;
        let content_key = Key256::make()?;
        let mut bytes = vec![VERSION, SUITE];
        bytes.extend_from_slice(device.fingerprint().as_bytes());
        let padded = cipher::pad(plaintext.expose(), (length + cipher::LENGTH).next_multiple_of(STEP))?;
        let sealed = cipher::seal(&content_key, padded.expose(), &additional(&bytes))?;
        bytes.extend_from_slice(&wrapping.wrap(&content_key)?.0);
        bytes.extend_from_slice(&sealed);
        Self::from_bytes(&bytes)
    }

    /// Parses foreign bytes; checks size, version and form, nothing else.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::NewerVersion`], [`Error::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        const MALFORMED: Error = Error::Malformed("deposit");
        if bytes.len() > LIMIT {
            return Err(Error::TooLarge { what: "deposit", limit: LIMIT });
        }
        let [version, suite, rest @ ..] = bytes else { return Err(MALFORMED) };
        codec::check_version((*version).into(), "deposit", VERSION.into())?;
        let padded = bytes.len().checked_sub(HEADER + BLOCK + cipher::NONCE + cipher::TAG).ok_or(MALFORMED)?;
        if *suite != SUITE || padded == 0 || !padded.is_multiple_of(STEP) {
            return Err(MALFORMED);
        }
        let recipient = rest.get(..DeviceId::LEN).ok_or(MALFORMED)?;
        Ok(Self { recipient: DeviceId::from_slice(recipient)?, bytes: bytes.to_vec() })
    }

    /// The encoded deposit.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// Which device can open it.
    #[must_use]
    pub const fn recipient(&self) -> DeviceId {
        self.recipient
    }

    /// Opens it. Call this only for a deposit that came through an authenticated session.
    ///
    /// # Errors
    /// [`Error::WrongRecipient`] before any private-key operation; every other failure is [`Error::CannotOpen`].
    pub async fn open(&self, keys: &impl DeviceKeys) -> Result<SecretBytes> {
        if keys.public().fingerprint() != self.recipient {
            return Err(Error::WrongRecipient);
        }
        let (header, rest) = self.bytes.split_at_checked(HEADER).ok_or(Error::CannotOpen)?;
        let (wrapped, sealed) = rest.split_at_checked(BLOCK).ok_or(Error::CannotOpen)?;
        let content_key = keys.unwrap_key(&WrappedKey(wrapped.to_vec())).await?;
        cipher::unpad(&cipher::open(&content_key, sealed, &additional(header))?)
    }
}

fn additional(header: &[u8]) -> Vec<u8> {
    kdf::join(&[context::DEPOSIT.as_bytes(), header])
}

#[cfg(test)]
#[cfg(feature = "native")]
mod tests {
    use super::*;
    use crate::{keys::Unwrap as _, testing::*};
    use proptest::prelude::*;

    fn secret(text: &str) -> SecretBytes {
        SecretBytes::from(String::from(text))
    }

    fn deposit(text: &str) -> Deposit {
        Deposit::make(DESKTOP.public(), &secret(text)).unwrap()
    }

    #[test]
    fn only_the_device_opens_it() {
        let deposit = deposit("hunter2");
        assert_eq!(deposit.recipient(), desktop().id());
        let again = Deposit::from_bytes(&deposit.to_bytes()).unwrap();
        assert_eq!(run(again.open(&*DESKTOP)), Ok(secret("hunter2")));
        assert_eq!(run(again.open(&*PHONE)), Err(Error::WrongRecipient));
        let mut redirected = deposit.to_bytes();
        redirected[2..HEADER].copy_from_slice(phone().id().as_bytes());
        let redirected = Deposit::from_bytes(&redirected).unwrap();
        assert_eq!(run(redirected.open(&*PHONE)), Err(Error::CannotOpen));
        assert_eq!(run(redirected.open(&*DESKTOP)), Err(Error::WrongRecipient));
        assert!(matches!(Deposit::make(&browser().keys, &secret("x")), Err(Error::NotAllowed(_))));
    }

    #[test]
    fn a_content_key_of_another_context_opens_nothing() {
        let bytes = deposit("hunter2").to_bytes();
        let (header, rest) = bytes.split_at(HEADER);
        let (wrapped, sealed) = rest.split_at(BLOCK);
        let key = run(DESKTOP.unwrap_key(&WrappedKey(wrapped.to_vec()))).unwrap();
        assert_eq!(cipher::open(&key, sealed, header), Err(Error::CannotOpen));
        assert!(cipher::open(&key, sealed, &additional(header)).is_ok());
    }

    #[test]
    fn its_size_does_not_tell_the_length() {
        let size = |length: usize| deposit(&"x".repeat(length)).to_bytes().len();
        assert!(size(0) == size(STEP - cipher::LENGTH) && size(STEP - cipher::LENGTH) < size(STEP));
        assert_ne!(deposit("x"), deposit("x"));
    }

    #[test]
    fn deposits_are_bounded_and_parsed_strictly() {
        let full = deposit(&"x".repeat(CONTENT_LIMIT));
        assert!(full.to_bytes().len() <= LIMIT);
        assert_eq!(run(full.open(&*DESKTOP)).unwrap().expose().len(), CONTENT_LIMIT);
        let large = Error::TooLarge { what: "deposit", limit: CONTENT_LIMIT };
        assert_eq!(Deposit::make(DESKTOP.public(), &SecretBytes::new(vec![0; CONTENT_LIMIT + 1])), Err(large));
        let large = Error::TooLarge { what: "deposit", limit: LIMIT };
        assert_eq!(Deposit::from_bytes(&vec![1; LIMIT + 1]), Err(large));
        let bytes = deposit("x").to_bytes();
        for length in 0..bytes.len() {
            assert!(Deposit::from_bytes(&bytes[..length]).is_err(), "{length}");
        }
        let mut newer = bytes.clone();
        newer[0] = 2;
        let error = Error::NewerVersion { what: "deposit", found: 2, known: 1 };
        assert_eq!(Deposit::from_bytes(&newer), Err(error));
        let mut other_suite = bytes;
        other_suite[1] = 2;
        assert_eq!(Deposit::from_bytes(&other_suite), Err(Error::Malformed("deposit")));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn no_byte_can_change(index in any::<prop::sample::Index>(), flip in 1u8..) {
            let mut bytes = deposit("hunter2").to_bytes();
            let index = index.index(bytes.len());
            bytes[index] ^= flip;
            prop_assert!(Deposit::from_bytes(&bytes).and_then(|deposit| run(deposit.open(&*DESKTOP))).is_err());
        }

        #[test]
        fn what_is_deposited_comes_back(content in prop::collection::vec(any::<u8>(), 0..3000)) {
            let content = SecretBytes::new(content);
            let deposit = Deposit::make(DESKTOP.public(), &content).unwrap();
            prop_assert_eq!(run(deposit.open(&*DESKTOP)), Ok(content));
        }

        #[test]
        fn arbitrary_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..2000), header in any::<bool>()) {
            if let (true, [version, suite, ..]) = (header, &mut bytes[..]) {
                (*version, *suite) = (VERSION, SUITE);
            }
            if let Ok(deposit) = Deposit::from_bytes(&bytes) {
                prop_assert!(run(deposit.open(&*DESKTOP)).is_err());
            }
        }
    }
}
