//! What arrives in pieces, what arrives wrongly, and what goes to make room.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, SystemTime},
};

use tempfile::TempDir;

use super::*;

fn store(limits: StoreLimits) -> (TempDir, Store) {
    let dir = TempDir::new().unwrap();
    let store = Store::open_with(dir.path(), limits).unwrap();
    (dir, store)
}

fn blob(seed: u8, size: usize) -> (Digest, Vec<u8>) {
    let bytes = vec![seed; size];
    (Digest::of(&bytes), bytes)
}

fn receive(store: &Store, digest: Digest, bytes: &[u8], offset: u64) -> Result<(), StoreError> {
    let size = bytes.len() as u64;
    let Some(mut incoming) = store.receive(digest, size, offset)? else {
        return Ok(());
    };
    for chunk in bytes[offset as usize..].chunks(7) {
        incoming.write(chunk)?;
    }
    incoming.finish()
}

/// Says that a blob was used so many seconds ago.
fn age(store: &Path, digest: &Digest, seconds: u64) {
    let file = fs::File::open(store.join("blobs").join(digest.to_string())).unwrap();
    let when = SystemTime::now() - Duration::from_secs(seconds);
    file.set_modified(when).unwrap();
}

fn disk(bytes: u64) -> StoreLimits {
    StoreLimits {
        disk: Some(bytes),
        ..StoreLimits::default()
    }
}

#[test]
fn a_blob_goes_on_where_its_sender_went_away_even_after_a_restart() {
    let (dir, first) = store(StoreLimits::default());
    let (digest, bytes) = blob(1, 1000);
    let mut incoming = first.receive(digest, 1000, 0).unwrap().unwrap();
    incoming.write(&bytes[..400]).unwrap();
    drop(incoming);
    drop(first);

    let store = Store::open(dir.path()).unwrap();
    let missing = Missing {
        digest,
        present: 400,
    };
    assert_eq!(store.missing([&digest]), [missing]);
    assert_eq!(store.partials().unwrap(), [missing]);
    assert!(!store.contains(&digest), "it is not whole");
    receive(&store, digest, &bytes, 400).unwrap();
    assert_eq!(store.get(&digest).unwrap(), bytes);
    assert_eq!(store.partials().unwrap(), []);
    assert_eq!(store.missing([&digest]), []);
    assert!(
        store.receive(digest, 1000, 0).unwrap().is_none(),
        "it is there"
    );
}

#[test]
fn bytes_with_another_name_are_removed() {
    let (_dir, store) = store(StoreLimits::default());
    let (digest, bytes) = blob(1, 100);
    let (other, garbage) = blob(2, 100);
    let error = receive(&store, digest, &garbage, 0).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains(&digest.to_string()) && text.contains(&other.to_string()),
        "{text}"
    );
    assert_eq!(store.partial(&digest), 0);

    // A wrong beginning is found out at the end.
    let mut incoming = store.receive(digest, 100, 0).unwrap().unwrap();
    incoming.write(&garbage[..50]).unwrap();
    drop(incoming);
    assert!(matches!(
        receive(&store, digest, &bytes, 50),
        Err(StoreError::WrongContent { .. })
    ));
    assert_eq!(store.partial(&digest), 0, "it begins again");
    receive(&store, digest, &bytes, 0).unwrap();
    assert!(store.contains(&digest));
}

#[test]
fn sizes_are_held_to() {
    let (_dir, store) = store(StoreLimits {
        blob: 100,
        disk: None,
    });
    let (digest, bytes) = blob(1, 100);
    assert!(matches!(
        store.receive(digest, 101, 0),
        Err(StoreError::TooLarge { limit: 100, .. })
    ));
    assert!(matches!(
        store.receive(digest, 100, 10),
        Err(StoreError::Gap { present: 0, .. })
    ));
    let mut incoming = store.receive(digest, 50, 0).unwrap().unwrap();
    assert!(matches!(
        incoming.write(&bytes),
        Err(StoreError::WrongSize { came: 100, .. })
    ));
    incoming.write(&bytes[..20]).unwrap();
    assert!(matches!(
        incoming.finish(),
        Err(StoreError::WrongSize { came: 20, .. })
    ));
    assert_eq!(store.partial(&digest), 20);
    assert!(
        store.receive(digest, 10, 15).is_err(),
        "it begins behind its end"
    );
    // An empty blob is whole at once.
    receive(&store, Digest::of(b""), b"", 0).unwrap();
    assert_eq!(store.get(&Digest::of(b"")).unwrap(), b"");
}

#[test]
fn the_second_sender_of_a_blob_waits_for_the_first() {
    let (_dir, store) = store(StoreLimits::default());
    let (digest, bytes) = blob(1, 10_000);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| receive(&store, digest, &bytes, 0).unwrap());
        }
    });
    assert_eq!(store.get(&digest).unwrap(), bytes);
    assert_eq!(store.partials().unwrap(), []);

    // The first went away: the second goes on in its place.
    let (digest, bytes) = blob(2, 10_000);
    let mut first = store.receive(digest, 10_000, 0).unwrap().unwrap();
    first.write(&bytes[..100]).unwrap();
    thread::scope(|scope| {
        let second = scope.spawn(|| receive(&store, digest, &bytes, 0));
        drop(first);
        second.join().unwrap().unwrap();
    });
    assert_eq!(store.get(&digest).unwrap(), bytes);
}

#[test]
fn what_was_not_used_for_longest_makes_room() {
    let (dir, store) = store(disk(1000));
    let blobs: Vec<_> = (0..3).map(|seed| blob(seed, 300)).collect();
    for (index, (digest, bytes)) in blobs.iter().enumerate() {
        receive(&store, *digest, bytes, 0).unwrap();
        age(dir.path(), digest, 100 - index as u64);
    }
    // Use counts, not age in the store.
    store.get(&blobs[0].0).unwrap();
    let compiled = dir.path().join("compiled");
    fs::write(compiled.join(format!("{}-engine", blobs[1].0)), [0; 50]).unwrap();
    age(dir.path(), &blobs[1].0, 99);
    let code = fs::File::open(compiled.join(format!("{}-engine", blobs[1].0))).unwrap();
    code.set_modified(SystemTime::now() - Duration::from_secs(99))
        .unwrap();

    let (new, bytes) = blob(9, 300);
    receive(&store, new, &bytes, 0).unwrap();
    let there = |index: usize| store.contains(&blobs[index].0);
    assert!(there(0) && !there(1) && there(2) && store.contains(&new));
    assert!(!compiled.join(format!("{}-engine", blobs[1].0)).exists());
    assert!(compiled.join("secret").exists());
    assert_eq!(store.used().unwrap(), 900);
}

#[test]
fn what_is_pinned_or_on_its_way_stays() {
    let (_dir, store) = store(disk(1000));
    let (used, bytes) = blob(1, 600);
    receive(&store, used, &bytes, 0).unwrap();
    let pinned = store.pin([used]);
    let twice = store.pin([used]);
    drop(twice);
    let (new, bytes) = blob(2, 500);
    let error = receive(&store, new, &bytes, 0).unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::NoRoom {
                used: 600,
                quota: 1000,
                ..
            }
        ),
        "{error}"
    );
    let (small, _) = blob(3, 300);
    let arriving = store.receive(small, 300, 0).unwrap();
    assert!(
        matches!(
            store.receive(Digest::of(b"other"), 200, 0),
            Err(StoreError::NoRoom { used: 900, .. })
        ),
        "what is on its way counts whole"
    );
    drop(arriving);
    drop(pinned);
    receive(&store, new, &bytes, 0).unwrap();
    assert!(!store.contains(&used));
}

#[test]
fn a_blob_larger_than_the_quota_is_refused() {
    let (_dir, store) = store(disk(1000));
    assert!(matches!(
        store.receive(Digest::of(b""), 1001, 0),
        Err(StoreError::NoRoom { used: 0, .. })
    ));
    assert_eq!(store.partials().unwrap(), [], "nothing of it is left");
}

#[test]
fn code_of_what_runs_makes_room_for_more() {
    let (dir, store) = store(disk(1000));
    let (running, bytes) = blob(1, 300);
    receive(&store, running, &bytes, 0).unwrap();
    let code = dir
        .path()
        .join("compiled")
        .join(format!("{running}-engine"));
    fs::write(&code, [0; 500]).unwrap();
    let pinned = store.pin([running]);
    let (new, bytes) = blob(2, 400);
    receive(&store, new, &bytes, 0).unwrap();
    assert!(store.contains(&running) && !code.exists());
    drop(pinned);
}
