//! Names of the files that a writer makes.

/// Bytes of one name and of a whole path.
const NAME: usize = 200;
const PATH: usize = 1000;

/// Whether a path is relative to the location and stays below it.
///
/// # Errors
///
/// What is wrong with it.
pub(super) fn check(path: &str) -> Result<(), String> {
    let wrong = |what: &str| {
        let shown: String = path.chars().take(80).collect();
        Err(format!(
            "a file can not be created at {shown:?}: {what}; \
             a path is names between `/`, relative to the location, as in `part-0/rows.json`"
        ))
    };
    if path.is_empty() {
        return wrong("it is empty");
    }
    if path.len() > PATH {
        return wrong("it is too long");
    }
    if path.starts_with('/') {
        return wrong("it is absolute");
    }
    if path.chars().any(|c| c.is_control() || c == '\\') {
        return wrong("it has a control character or a backslash");
    }
    for name in path.split('/') {
        if name.is_empty() {
            return wrong("a name in it is empty");
        }
        if name.starts_with('.') {
            return wrong("a name in it begins with a dot");
        }
        if name.len() > NAME {
            return wrong("a name in it is too long");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below_the_location() {
        for path in ["a", "a/b.json", "part-0/x/ä.csv", "_manifest.json", "a b"] {
            assert_eq!(check(path), Ok(()), "{path}");
        }
        for path in [
            "", "/a", "..", "../a", "a/../b", "a/..", ".a", "a/.b", "a//b", "a/", "a\\b", "a\nb",
            "./a",
        ] {
            assert!(check(path).is_err(), "{path:?}");
        }
        assert!(check(&"a".repeat(NAME + 1)).is_err());
        assert!(check(&"a/".repeat(PATH)).is_err());
    }
}
