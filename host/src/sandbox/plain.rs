//! What guests say, as people can be shown it.

use std::borrow::Cow;

/// `text` without anything that a terminal would take for a command: control characters but ends of lines
/// and tabs are written out. What guests and files say is shown through this.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(is_command) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if is_command(c) {
            plain.extend(c.escape_default());
        } else {
            plain.push(c);
        }
    }
    Cow::Owned(plain)
}

fn is_command(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_written_out() {
        assert!(matches!(plain("über\n\ta"), Cow::Borrowed(_)));
        assert_eq!(
            plain("\u{1b}[31mred\r\n\0\u{9b}"),
            "\\u{1b}[31mred\\r\n\\u{0}\\u{9b}"
        );
    }
}
