use std::fs;
use std::io;
use std::path::Path;

/// The files below `folder`, with their sizes in bytes, by path. `folder` can be a file itself.
pub(super) fn below(folder: &Path) -> io::Result<Vec<(String, u64)>> {
    let mut found = Vec::new();
    walk(folder, "", &mut found)?;
    found.sort();
    Ok(found)
}

fn walk(path: &Path, name: &str, found: &mut Vec<(String, u64)>) -> io::Result<()> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        // A table without rows can be no file at all.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if !metadata.is_dir() {
        found.push((name.to_owned(), metadata.len()));
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let file = entry.file_name();
        let file = file.to_string_lossy();
        let name = if name.is_empty() {
            file.into_owned()
        } else {
            format!("{name}/{file}")
        };
        walk(&entry.path(), &name, found)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_listed_by_path() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("b")).unwrap();
        fs::write(folder.path().join("b/c"), "12").unwrap();
        fs::write(folder.path().join("a"), "1").unwrap();
        let listed = below(folder.path()).unwrap();
        assert_eq!(listed, [("a".to_owned(), 1), ("b/c".to_owned(), 2)]);
        assert!(below(&folder.path().join("nowhere")).unwrap().is_empty());
    }
}
