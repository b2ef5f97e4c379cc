//! Rules about every text.

use super::{Breach, File};

/// Where checkouts and homes are on somebody's machine.
const HOMES: [&str; 4] = [
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
    concat!("/wo", "rk/"),
];

pub(super) fn check(files: &[File]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in files {
        for (index, line) in file.text.lines().enumerate() {
            if HOMES.iter().any(|home| begins(line, home)) {
                breaches.push(file.breach(index + 1, "a path of one machine: nobody else has it"));
            }
            if line.trim_end() != line && file.path.ends_with(".rs") {
                breaches.push(file.breach(index + 1, "white space at the end"));
            }
            if ["<<<<<<< ", ">>>>>>> "]
                .iter()
                .any(|mark| line.starts_with(mark))
            {
                breaches.push(file.breach(index + 1, "a merge that was not finished"));
            }
        }
    }
    breaches
}

/// Whether a line has a path that begins so: `src/home/` is no home.
fn begins(line: &str, home: &str) -> bool {
    line.match_indices(home).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-/}~*".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_one_machine_are_found() {
        let breaches = |text: &str| check(&[File::new("a.md", text)]).len();
        for home in HOMES {
            assert_eq!(breaches(&format!("cd {home}me")), 1);
            assert_eq!(breaches(&format!("cd src{home}me")), 0);
        }
    }
}
