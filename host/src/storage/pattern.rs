//! Patterns of paths: `*`, `?`, `[a-z]`, and `**` for any number of folders.

/// What a path below a folder has to look like.
///
/// A folder that fits stands for everything below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// `**`
    Folders,
    Name(Vec<Item>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    Literal(char),
    /// `?`
    One,
    /// `*`
    Many,
    /// `[a-z]`, `[!a-z]`
    Class {
        ranges: Vec<(char, char)>,
        except: bool,
    },
}

/// Whether a text has what makes it a pattern.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// What comes before the first name that is a pattern, and the rest.
pub fn split(path: &str) -> (&str, &str) {
    let first = path.find(['*', '?', '[']).unwrap_or(path.len());
    let begin = path[..first].rfind('/').map_or(0, |slash| slash + 1);
    path.split_at(begin)
}

impl Pattern {
    /// # Errors
    ///
    /// What is wrong.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let names = text.split('/').filter(|name| !name.is_empty());
        let parts = names.map(|name| match name {
            "**" => Ok(Part::Folders),
            "." | ".." => Err("`.` and `..` can stand only before it"),
            name => items(name).map(Part::Name),
        });
        parts.collect::<Result<_, _>>().map(Self)
    }

    /// Whether the file at `path`, or a folder that it lies in, fits.
    pub fn matches(&self, path: &[&str]) -> bool {
        matches(&self.0, path)
    }

    /// Whether a file below the folder `path` can fit.
    pub fn descends(&self, path: &[&str]) -> bool {
        descends(&self.0, path)
    }
}

fn matches(parts: &[Part], path: &[&str]) -> bool {
    match parts {
        // The rest lies below a folder that fits.
        [] => true,
        [Part::Folders] => !path.is_empty(),
        [Part::Folders, rest @ ..] => (0..path.len()).any(|skip| matches(rest, &path[skip..])),
        [Part::Name(items), rest @ ..] => match path {
            [] => false,
            [name, path @ ..] => fits(items, name) && matches(rest, path),
        },
    }
}

fn descends(parts: &[Part], path: &[&str]) -> bool {
    match (parts, path) {
        ([], _) | (_, []) | ([Part::Folders, ..], _) => true,
        ([Part::Name(items), rest @ ..], [name, path @ ..]) => {
            fits(items, name) && descends(rest, path)
        }
    }
}

fn items(name: &str) -> Result<Vec<Item>, &'static str> {
    let mut items = Vec::new();
    let mut chars = name.chars();
    while let Some(c) = chars.next() {
        items.push(match c {
            // Two are as many as one.
            '*' if items.last() == Some(&Item::Many) => continue,
            '*' => Item::Many,
            '?' => Item::One,
            '[' => {
                let rest = chars.as_str();
                let except = rest.starts_with('!');
                let inside = &rest[usize::from(except)..];
                // A bracket right at the beginning is one of the class.
                let first = inside.chars().next().map_or(0, char::len_utf8);
                let end = inside[first..].find(']').ok_or("a `[` is not closed")? + first;
                chars = inside[end + 1..].chars();
                Item::Class {
                    ranges: ranges(&inside[..end])?,
                    except,
                }
            }
            c => Item::Literal(c),
        });
    }
    Ok(items)
}

fn ranges(class: &str) -> Result<Vec<(char, char)>, &'static str> {
    let chars: Vec<char> = class.chars().collect();
    let mut ranges = Vec::new();
    let mut rest = &chars[..];
    while let [first, more @ ..] = rest {
        let (last, more) = match more {
            ['-', last, more @ ..] => (last, more),
            more => (first, more),
        };
        if last < first {
            return Err("a range of characters ends before it begins");
        }
        ranges.push((*first, *last));
        rest = more;
    }
    Ok(ranges)
}

/// Goes back to the last `*` only: the time is bounded by both lengths multiplied.
fn fits(items: &[Item], name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let (mut item, mut at) = (0, 0);
    let mut star = None;
    while at < name.len() {
        let one = items.get(item).is_some_and(|it| it.takes(name[at]));
        if one {
            item += 1;
            at += 1;
        } else if items.get(item) == Some(&Item::Many) {
            star = Some((item, at));
            item += 1;
        } else if let Some((star_item, taken)) = star {
            star = Some((star_item, taken + 1));
            item = star_item + 1;
            at = taken + 1;
        } else {
            return false;
        }
    }
    items[item..].iter().all(|item| *item == Item::Many)
}

impl Item {
    fn takes(&self, c: char) -> bool {
        match self {
            Self::Literal(literal) => *literal == c,
            Self::One => true,
            Self::Many => false,
            Self::Class { ranges, except } => {
                let inside = ranges.iter().any(|(a, b)| (*a..=*b).contains(&c));
                inside != *except
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_fit_patterns() {
        for (pattern, path, expected) in [
            ("*.log", "a.log", true),
            ("*.log", "a.log.gz", false),
            ("*.log", "x/a.log", false),
            ("*/*.log", "x/a.log", true),
            ("**/*.log", "a.log", true),
            ("**/*.log", "x/y/a.log", true),
            ("**", "x/y", true),
            ("2024-*", "2024-01/a/b", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[]x]", "]", true),
            ("*a*b*c", "xxaxxbxxc", true),
            ("*a*b*c", "xxaxxbxxd", false),
            ("ä*", "äpfel", true),
        ] {
            let parsed = Pattern::parse(pattern).unwrap();
            let names: Vec<_> = path.split('/').collect();
            assert_eq!(parsed.matches(&names), expected, "{pattern} {path}");
            let folder = &names[..names.len() - 1];
            assert!(!expected || parsed.descends(folder), "{pattern} {path}");
        }
    }

    #[test]
    fn folders_that_can_not_fit_are_not_entered() {
        let pattern = Pattern::parse("a*/*.log").unwrap();
        assert!(pattern.descends(&["ab"]));
        assert!(!pattern.descends(&["ba"]));
    }

    #[test]
    fn what_comes_before_a_pattern_is_a_folder() {
        assert_eq!(split("logs/2024/*.log"), ("logs/2024/", "*.log"));
        assert_eq!(split("*.log"), ("", "*.log"));
        assert_eq!(split("/a/b*/c"), ("/a/", "b*/c"));
    }

    #[test]
    fn patterns_that_are_none_are_refused() {
        assert!(Pattern::parse("[a").is_err());
        assert!(Pattern::parse("[z-a]").is_err());
        assert!(Pattern::parse("*/../x").is_err());
    }

    #[test]
    fn a_pattern_of_many_stars_takes_no_time() {
        let pattern = Pattern::parse(&"*a".repeat(50)).unwrap();
        assert!(!pattern.matches(&[&format!("{}b", "a".repeat(20_000))]));
    }
}
