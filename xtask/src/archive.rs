//! Zip archives whose bytes depend on nothing but what is in them.

use std::io::{Cursor, Write as _};
use std::path::Path;

use anyhow::{Context, Result};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::package::Files;

/// What every entry may do on a system that asks: be read by all, be written by its owner.
const MODE: u32 = 0o644;

/// The files as one archive: sorted by name, all from the same time, with no word of the machine that made it.
pub(crate) fn of(files: &Files) -> Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        // The first that the format knows: midnight, 1 January 1980.
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(MODE);
    for (path, bytes) in files {
        archive.start_file(name(path)?, options)?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// Zip names part folders by slashes, whatever the system does.
fn name(path: &Path) -> Result<String> {
    let parts = path.iter().map(|part| part.to_str().with_context(|| format!("{} is not UTF-8", path.display())));
    Ok(parts.collect::<Result<Vec<_>>>()?.join("/"))
}

#[cfg(test)]
mod test {
    use std::io::{Cursor, Read as _};
    use std::path::Path;

    use super::{DateTime, of};
    use crate::package::Files;

    fn files() -> Files {
        let large: Vec<u8> = (0..200_000_u32).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
        [("worker.js", b"1".to_vec()), ("icons/icon.svg", b"<svg/>".to_vec()), ("a_bg.wasm", large)]
            .map(|(name, bytes)| (Path::new(name).to_owned(), bytes))
            .into()
    }

    #[test]
    fn the_same_files_make_the_same_bytes() {
        let first = of(&files()).unwrap();
        assert_eq!(first, of(&files()).unwrap());
        let mut others = files();
        others.insert("b".into(), Vec::new());
        assert_ne!(first, of(&others).unwrap());
    }

    #[test]
    fn an_archive_holds_its_files_in_order() {
        let mut archive = zip::ZipArchive::new(Cursor::new(of(&files()).unwrap())).unwrap();
        let mut found = Vec::new();
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            assert_eq!(entry.last_modified(), Some(DateTime::DEFAULT));
            assert_eq!(entry.unix_mode().map(|mode| mode & 0o777), Some(super::MODE));
            found.push((Path::new(&*entry.name().unwrap()).to_owned(), bytes));
        }
        assert_eq!(found, files().into_iter().collect::<Vec<_>>());
    }
}
