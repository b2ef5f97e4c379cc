use crate::JsonPath;

const STORE: &str = r#"{
    "store": {
        "books": [
            {"title": "A", "price": 8.95, "tags": ["x", "y"]},
            {"title": "B \"quoted\"", "price": 12, "isbn": null},
            {"title": "C", "price": 22.5}
        ],
        "open now": true,
        "it's": {"price": 1}
    },
    "empty": []
}"#;

#[test]
fn paths() {
    let json_path = JsonPath::new();
    for (path, expected) in [
        ("$.store.books[0].title", Some("A")),
        ("$['store'][\"books\"][1]['title']", Some(r#"B "quoted""#)),
        ("$.store.books[-1].title", Some("C")),
        ("$.store.books[-4].title", None),
        ("$.store.books[3]", None),
        ("$.store.books[0].tags", Some(r#"["x","y"]"#)),
        ("$.store.books[1].price", Some("12")),
        ("$.store.books[1].isbn", None),
        ("$.store['open now']", Some("true")),
        (r"$.store['it\'s'].price", Some("1")),
        ("$.store.books[*].price", Some("[8.95,12,22.5]")),
        ("$.store.books[*].isbn", Some("[null]")),
        ("$.store.books[*].author", None),
        ("$..price", Some("[8.95,12,22.5,1]")),
        ("$..books[0].title", Some(r#"["A"]"#)),
        ("$..tags[*]", Some(r#"["x","y"]"#)),
        ("$..['tags'][0, 1]", Some(r#"["x","y"]"#)),
        ("$.store.books[1:].title", Some(r#"["B \"quoted\"","C"]"#)),
        ("$.store.books[:-1].price", Some("[8.95,12]")),
        ("$.store.books[::2].price", Some("[8.95,22.5]")),
        ("$.store.books[::-1].price", Some("[22.5,12,8.95]")),
        ("$.store.books[1::-1].price", Some("[12,8.95]")),
        ("$.store.books[-2:99].price", Some("[12,22.5]")),
        ("$.store.books[ 0 : 2 : 0 ].price", None),
        ("$.empty", Some("[]")),
        ("$.empty[0]", None),
        ("$.empty.name", None),
        ("$.store.books.title", None),
        ("$.store[*].price", Some("[1]")),
    ] {
        let found = json_path.call(STORE, path).unwrap();
        assert_eq!(found.as_deref(), expected, "{path}");
    }
    assert_eq!(json_path.call("[[1]]", "$").unwrap().unwrap(), "[[1]]");
    assert_eq!(json_path.call("\"é\"", "$").unwrap().unwrap(), "é");
}

#[test]
fn errors_say_where() {
    for (path, expected) in [
        ("store", "`$` at character 1"),
        ("", "`$` at character 1"),
        ("$.", "a name or `*` at character 3"),
        ("$.é.[0]", "a name or `*` at character 5"),
        ("$.a b", "`.` or `[` at character 4"),
        (
            "$[",
            "an index, a slice, a quoted name or `*` at character 3",
        ),
        ("$[0", "`,` or `]` at character 4"),
        ("$['a", "the end of the quoted name at character 5"),
        (r"$['\a']", r"`\` or a quote at character 5"),
        (
            "$[99999999999999999999]",
            "an integer of 64 bits at character 3",
        ),
        ("$[-]", "an integer of 64 bits at character 3"),
    ] {
        let error = JsonPath::new().call("{}", path).unwrap_err().to_string();
        assert_eq!(
            error,
            format!("in the path {path:?} there has to be {expected}")
        );
    }
    let error = JsonPath::new().call("{\"a\": }", "$.a").unwrap_err();
    assert_eq!(
        error.to_string(),
        "not JSON: expected value at line 1 column 7"
    );
}
