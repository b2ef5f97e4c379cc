//! The part of WASI that is asked.

#![allow(missing_docs, reason = "generated")]

wit_bindgen::generate!({
    inline: r#"
        package test:wasi;

        world asking {
            import wasi:cli/environment@0.2.0;
            import wasi:cli/exit@0.2.0;
            import wasi:cli/stdout@0.2.0;
            import wasi:cli/stderr@0.2.0;
            import wasi:clocks/wall-clock@0.2.0;
            import wasi:clocks/monotonic-clock@0.2.0;
            import wasi:filesystem/preopens@0.2.0;
            import wasi:filesystem/types@0.2.0;
            import wasi:random/random@0.2.0;
            import wasi:sockets/instance-network@0.2.0;
            import wasi:sockets/ip-name-lookup@0.2.0;
            import wasi:sockets/network@0.2.0;
            import wasi:sockets/tcp@0.2.0;
            import wasi:sockets/tcp-create-socket@0.2.0;
        }
    "#,
    path: "wit",
    generate_all,
});
