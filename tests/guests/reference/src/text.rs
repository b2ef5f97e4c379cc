use arrowbox_sdk::{Text, scalar};

/// Upper case, by Unicode's rules for single characters.
#[scalar]
pub fn upper(text: &str, out: &mut Text) {
    if text.is_ascii() {
        out.append(text).make_ascii_uppercase();
    } else {
        out.extend(text.chars().flat_map(char::to_uppercase));
    }
}

/// `length` characters from the character `from` on, which is counted from one; what is before the first
/// character counts too.
#[scalar]
pub fn sub_str(text: &str, from: i64, length: i64) -> &str {
    let start = from.saturating_sub(1);
    let end = start.saturating_add(length.max(0));
    let (start, end) = (start.max(0) as usize, end.max(0) as usize);
    if text.is_ascii() {
        return &text[start.min(text.len())..end.min(text.len())];
    }
    let mut places = text.char_indices().map(|(place, _)| place);
    let from = places.nth(start).unwrap_or(text.len());
    match end - start {
        0 => "",
        more => &text[from..places.nth(more - 1).unwrap_or(text.len())],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case() {
        for (text, expected) in [
            ("abc", "ABC"),
            ("", ""),
            ("straße", "STRASSE"),
            ("Ünï 1", "ÜNÏ 1"),
        ] {
            let mut out = Text::new();
            upper(text, &mut out);
            assert_eq!(out.as_str(), expected);
            assert_eq!(out.as_str(), text.to_uppercase());
        }
    }

    #[test]
    fn parts() {
        for (text, from, length, expected) in [
            ("database", 5, 4, "base"),
            ("database", 1, 4, "data"),
            ("database", 0, 3, "da"),
            ("database", -2, 3, ""),
            ("database", 9, 3, ""),
            ("database", 7, i64::MAX, "se"),
            ("database", 3, -1, ""),
            ("größe", 3, 2, "öß"),
            ("größe", 3, 0, ""),
            ("größe", 5, 9, "e"),
            ("größe", 6, 1, ""),
            ("größe", i64::MIN, i64::MAX, ""),
        ] {
            assert_eq!(
                sub_str(text, from, length),
                expected,
                "{text} {from} {length}"
            );
        }
    }
}
