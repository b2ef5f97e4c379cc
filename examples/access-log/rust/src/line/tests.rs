use proptest::prelude::*;

use super::*;

const COMMON: &[u8] =
    br#"192.0.2.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326"#;

fn text(text: Option<Text<'_>>) -> Option<String> {
    text.map(|text| text.decode().into_owned())
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// Method, path and protocol.
fn request(request: &str) -> [Option<String>; 3] {
    let line = format!("h - - [10/Oct/2000:13:55:36 -0700] \"{request}\" 200 1");
    let RequestLine {
        method,
        path,
        protocol,
    } = Line::parse(line.as_bytes()).unwrap().request();
    [method, path, protocol].map(text)
}

#[test]
fn a_common_line_has_no_referer_and_no_agent() {
    let line = Line::parse(COMMON).unwrap();
    assert_eq!(line.host.decode(), "192.0.2.1");
    assert_eq!(text(line.ident), None);
    assert_eq!(text(line.user), some("frank"));
    assert_eq!(line.time, 971_211_336_000_000);
    assert_eq!(text(line.request), some("GET /a.gif HTTP/1.0"));
    assert_eq!(line.status, Some(200));
    assert_eq!(line.bytes, Some(2326));
    assert_eq!((line.referer, line.agent), (None, None));
}

#[test]
fn a_combined_line_has_them() {
    let behind = br#" "https://example.com/?q=\"x\"" "Mozilla/5.0 (X11) \\o/""#;
    let combined = [COMMON, behind].concat();
    let line = Line::parse(&combined).unwrap();
    assert_eq!(text(line.referer), some("https://example.com/?q=\"x\""));
    assert_eq!(text(line.agent), some(r"Mozilla/5.0 (X11) \o/"));
    for more in [" ", "\r", "\r\n", " \"192.0.2.7\" rt=0.003"] {
        let longer = [&combined, more.as_bytes()].concat();
        assert_eq!(Line::parse(&longer), Ok(line), "{more:?}");
    }
}

#[test]
fn what_is_missing_is_none() {
    let line = br#"2001:db8::7 - - [10/Oct/2000:13:55:36 +0000] "-" - - "-" "-""#;
    let line = Line::parse(line).unwrap();
    assert_eq!(line.host.decode(), "2001:db8::7");
    assert_eq!(
        [
            line.ident,
            line.user,
            line.request,
            line.referer,
            line.agent
        ],
        [None; 5]
    );
    assert_eq!((line.status, line.bytes), (None, None));
    assert_eq!(line.request(), RequestLine::default());
}

#[test]
fn users_can_have_spaces_and_brackets() {
    for user in ["Ann Lee", "a[1]", "[a]", "a [b", "-x", "- -"] {
        let line = format!("h - {user} [10/Oct/2000:13:55:36 -0700] \"-\" 200 1");
        // A bracket behind a space begins the time.
        let found = Line::parse(line.as_bytes()).map(|line| text(line.user));
        match user {
            "a [b" => assert!(found.is_err(), "{user}"),
            _ => assert_eq!(found, Ok(some(user))),
        }
    }
}

#[test]
fn requests_have_three_parts_or_are_paths() {
    for (whole, method, path, protocol) in [
        ("GET / HTTP/1.1", Some("GET"), "/", Some("HTTP/1.1")),
        (
            "M-SEARCH * HTTP/1.1",
            Some("M-SEARCH"),
            "*",
            Some("HTTP/1.1"),
        ),
        (
            "GET /a b c HTTP/2.0",
            Some("GET"),
            "/a b c",
            Some("HTTP/2.0"),
        ),
        ("GET /", Some("GET"), "/", None),
        ("GET /a b", Some("GET"), "/a b", None),
        (r"GET /\x22 HTTP/1.1", Some("GET"), "/\"", Some("HTTP/1.1")),
        (r"\x16\x03\x01", None, "\u{16}\u{3}\u{1}", None),
        ("get / HTTP/1.1", None, "get / HTTP/1.1", None),
        (" / HTTP/1.1", None, " / HTTP/1.1", None),
        ("GET", None, "GET", None),
        ("", None, "", None),
    ] {
        let expected = [method, Some(path), protocol].map(|part| part.map(str::to_owned));
        assert_eq!(request(whole), expected, "{whole}");
    }
}

#[test]
fn errors_say_where() {
    for (line, position, expected) in [
        ("", 0, "a host"),
        ("h", 0, "a host"),
        (" h", 0, "a host"),
        ("h -", 2, "an ident"),
        ("h - -", 4, "a user and a time"),
        ("h - [10/Oct/2000:13:55:36 -0700]", 4, "a user and a time"),
        ("h - - [10/Oct/2000]", 6, "a time such as"),
        ("h - - [10/Oct/2000:13:55:36 -0700) \"", 6, "a time such as"),
        ("h - - [41/Oct/2000:13:55:36 -0700] \"", 6, "a time such as"),
        (
            "h - - [10/Oct/2000:13:55:36 -0700] GET",
            35,
            "a request in quotes",
        ),
        (
            "h - - [10/Oct/2000:13:55:36 -0700] \"GET",
            35,
            "a request in quotes",
        ),
        (
            "h - - [10/Oct/2000:13:55:36 -0700] \"\\\"",
            35,
            "a request in quotes",
        ),
        (
            "h - - [10/Oct/2000:13:55:36 -0700] \"\\",
            35,
            "a request in quotes",
        ),
        (
            "h - - [10/Oct/2000:13:55:36 -0700] \"-\"200 1",
            38,
            "a space",
        ),
        (
            "h - - [10/Oct/2000:13:55:36 -0700] \"-\" 2x0 1",
            39,
            "a status",
        ),
        (
            "h - - [10/Oct/2000:13:55:36 -0700] \"-\" 2000 1",
            42,
            "a space",
        ),
        (
            "h - - [10/Oct/2000:13:55:36 -0700] \"-\" 200",
            42,
            "a space",
        ),
        (
            "h - - [10/Oct/2000:13:55:36 -0700] \"-\" 200 x",
            43,
            "a number of bytes",
        ),
        (
            "h - - [10/Oct/2000:13:55:36 -0700] \"-\" 200 9223372036854775808",
            43,
            "a number of bytes",
        ),
        (
            "h - - [10/Oct/2000:13:55:36 -0700] \"-\" 200 1x",
            44,
            "a space",
        ),
        (
            "h - - [10/Oct/2000:13:55:36 -0700] \"-\" 200 1 x",
            45,
            "a referer in quotes",
        ),
        (
            "h - - [10/Oct/2000:13:55:36 -0700] \"-\" 200 1 \"a\"",
            48,
            "a space",
        ),
        (
            "h - - [10/Oct/2000:13:55:36 -0700] \"-\" 200 1 \"a\" b",
            49,
            "an agent in quotes",
        ),
        (
            "h - - [10/Oct/2000:13:55:36 -0700] \"-\" 200 1 \"a\" \"b\"c",
            52,
            "a space",
        ),
    ] {
        let error = Line::parse(line.as_bytes()).unwrap_err();
        assert_eq!(error.position, position, "{line}");
        assert!(error.expected.starts_with(expected), "{line}: {error}");
    }
}

#[test]
fn the_largest_size_is_read() {
    let line = b"h - - [10/Oct/2000:13:55:36 -0700] \"-\" 200 9223372036854775807";
    assert_eq!(Line::parse(line).unwrap().bytes, Some(i64::MAX));
}

proptest! {
    #[test]
    fn nothing_is_too_strange(line in any::<Vec<u8>>()) {
        let _ = Line::parse(&line);
    }

    /// Lines that are almost right go further into the parser.
    #[test]
    fn damage_is_an_error_or_a_line(at in 0..COMMON.len(), byte in any::<u8>(), keep in 0..COMMON.len()) {
        let mut line = COMMON.to_vec();
        line[at] = byte;
        if let Ok(line) = Line::parse(&line) {
            line.request();
        }
        let _ = Line::parse(&line[..keep]);
    }

    #[test]
    fn what_was_written_is_read(
        host in "[0-9a-f:.]{1,39}",
        user in "[a-z]{1,8}",
        status in 100..600_i16,
        bytes in proptest::option::of(0..i64::MAX),
        agent in "[ -!#-\\[\\]-~]{2,80}",
    ) {
        let size = bytes.map_or("-".to_owned(), |bytes| bytes.to_string());
        let line = format!("{host} - {user} [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.1\" {status} {size} \"-\" \"{agent}\"");
        let line = Line::parse(line.as_bytes()).unwrap();
        prop_assert_eq!(line.host.decode(), host);
        prop_assert_eq!(text(line.user), Some(user));
        prop_assert_eq!(line.status, Some(status));
        prop_assert_eq!(line.bytes, bytes);
        prop_assert_eq!(text(line.agent), Some(agent));
    }
}
