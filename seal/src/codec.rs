//! CBOR (RFC 8949) for all that is signed, sealed or sent between devices.
//!
//! Signatures always cover received bytes, so no canonical form is needed: parse once, keep the bytes.

use crate::{Error, Result};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// How deep values may nest. Ours need nine levels; without a bound a few kilobytes of brackets would exhaust the stack.
const DEPTH_LIMIT: usize = 32;

/// Encodes `value` as CBOR; structs become maps keyed by field name.
pub fn to_vec<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    minicbor_serde::to_vec(value).map_err(|_| Error::Malformed("value"))
}

/// Decodes one CBOR value of at most `limit` bytes; trailing bytes are an error.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8], what: &'static str, limit: usize) -> Result<T> {
    if bytes.len() > limit {
        return Err(Error::TooLarge { what, limit });
    }
    check_structure(bytes).ok_or(Error::Malformed(what))?;
    let mut decoder = minicbor_serde::Deserializer::new(bytes);
    let value = T::deserialize(&mut decoder).map_err(|_| Error::Malformed(what))?;
    if decoder.decoder().position() != bytes.len() {
        return Err(Error::Malformed(what));
    }
    Ok(value)
}

/// Decodes a map that holds `version`, and looks at that first: what a newer program wrote is [`Error::NewerVersion`], however it is laid out.
pub fn from_slice_versioned<T: DeserializeOwned>(
    bytes: &[u8],
    what: &'static str,
    limit: usize,
    known: u16,
) -> Result<T> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u16,
    }
    let Versioned { version } = from_slice(bytes, what, limit)?;
    check_version(version, what, known)?;
    from_slice(bytes, what, limit)
}

/// Refuses version 0, which nothing has, and versions above `known`.
pub(crate) fn check_version(found: u16, what: &'static str, known: u16) -> Result<()> {
    match found {
        0 => Err(Error::Malformed(what)),
        _ if found > known => Err(Error::NewerVersion { what, found, known }),
        _ => Ok(()),
    }
}

/// Walks over exactly one data item without recursion; `None` if it is cut off, too deep, tagged, or followed by more.
fn check_structure(bytes: &[u8]) -> Option<()> {
    // How many items are left on each level; `None` means: until the break.
    let mut levels: Vec<Option<u64>> = vec![Some(1)];
    let mut rest = bytes;
    while let Some(level) = levels.last_mut() {
        match level {
            Some(0) => {
                levels.pop();
                continue;
            }
            Some(left) => *left -= 1,
            None if rest.first() == Some(&BREAK) => {
                rest = rest.get(1..)?;
                levels.pop();
                continue;
            }
            None => {}
        }
        let (&head, after) = rest.split_first()?;
        let (argument, after) = argument(head & 0x1f, after)?;
        rest = match (head >> 5, argument) {
            (0 | 1 | 7, Some(_)) => after,
            (2 | 3, Some(length)) => after.get(usize::try_from(length).ok()?..)?,
            (4, count) => push(&mut levels, count).map(|()| after)?,
            (5, Some(count)) => push(&mut levels, Some(count.checked_mul(2)?)).map(|()| after)?,
            (5, None) => push(&mut levels, None).map(|()| after)?,
            _ => return None,
        };
    }
    rest.is_empty().then_some(())
}

const BREAK: u8 = 0xff;

fn push(levels: &mut Vec<Option<u64>>, count: Option<u64>) -> Option<()> {
    (levels.len() <= DEPTH_LIMIT).then(|| levels.push(count))
}

/// The argument of a head (RFC 8949, section 3); `None` inside means an indefinite length.
fn argument(info: u8, bytes: &[u8]) -> Option<(Option<u64>, &[u8])> {
    let width = match info {
        0..=23 => return Some((Some(u64::from(info)), bytes)),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        31 => return Some((None, bytes)),
        _ => return None,
    };
    let (digits, rest) = bytes.split_at_checked(width)?;
    Some((Some(digits.iter().fold(0, |value, digit| value << 8 | u64::from(*digit))), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn takes_exactly_one_value() {
        assert_eq!(from_slice::<u8>(&[7], "byte", 8), Ok(7));
        assert_eq!(from_slice::<u8>(&[7, 7], "byte", 8), Err(Error::Malformed("byte")));
        assert_eq!(from_slice::<u8>(&[], "byte", 8), Err(Error::Malformed("byte")));
        assert_eq!(from_slice::<u8>(&[7, 7], "byte", 1), Err(Error::TooLarge { what: "byte", limit: 1 }));
    }

    #[test]
    fn deep_nesting_does_not_reach_the_stack() {
        let arrays = vec![0x81; 100_000];
        assert!(from_slice::<serde::de::IgnoredAny>(&arrays, "arrays", 1 << 20).is_err());
        let indefinite = vec![0x9f; 100_000];
        assert!(from_slice::<serde::de::IgnoredAny>(&indefinite, "arrays", 1 << 20).is_err());
    }

    #[test]
    fn a_newer_version_is_told_apart_from_nonsense() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Now {
            version: u16,
        }
        #[derive(Serialize)]
        struct Later {
            version: u16,
            more: bool,
        }
        let decode = |bytes: &[u8]| from_slice_versioned::<Now>(bytes, "thing", 99, 1);
        assert_eq!(decode(&to_vec(&Now { version: 1 }).unwrap()), Ok(Now { version: 1 }));
        assert_eq!(decode(&to_vec(&Now { version: 0 }).unwrap()), Err(Error::Malformed("thing")));
        assert_eq!(
            decode(&to_vec(&Later { version: 2, more: true }).unwrap()),
            Err(Error::NewerVersion { what: "thing", found: 2, known: 1 })
        );
        assert_eq!(decode(&to_vec(&Later { version: 1, more: true }).unwrap()), Err(Error::Malformed("thing")));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
            let _ = from_slice::<serde::de::IgnoredAny>(&bytes, "bytes", 1024);
        }

        #[test]
        fn the_walk_agrees_with_the_decoder(value in proptest::collection::vec((any::<u64>(), ".{0,9}", any::<Option<bool>>()), 0..40)) {
            let bytes = to_vec(&value).unwrap();
            prop_assert_eq!(from_slice::<Vec<(u64, String, Option<bool>)>>(&bytes, "value", 1 << 16), Ok(value));
        }
    }
}
