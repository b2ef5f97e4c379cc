//! Writing a file in one step.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

/// The mode of a file that is only read, before the user's mask.
pub(crate) const DATA: u32 = 0o666;

/// The mode of a file that can be run, before the user's mask.
pub(crate) const PROGRAM: u32 = 0o777;

/// Writes a file so that a reader sees all of it or what was there before. One that has these
/// bytes already is left alone, for whoever looks at its time.
pub(crate) fn write(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let permissions = fs::Permissions::from_mode(mode);
    let mut file = tempfile::Builder::new()
        .permissions(permissions)
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    // Closed before it gets its name: what is open for writing can not be run.
    file.into_temp_path().persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_in_one_step_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("components/f.wasm");
        write(&path, b"first", DATA).unwrap();
        let held = fs::File::open(&path).unwrap();
        write(&path, b"second", DATA).unwrap();
        // Who had the old file open still reads the old file.
        assert_eq!(io::read_to_string(held).unwrap(), "first");
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
