use std::{
    fs::{self, File},
    path::Path,
};

use datafusion::execution::memory_pool::{GreedyMemoryPool, UnboundedMemoryPool};
use futures::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt, memory::InMemory, path::Path as Key};

use super::*;
use crate::storage::wait::wait;

fn pool() -> Arc<dyn MemoryPool> {
    Arc::new(UnboundedMemoryPool::default())
}

fn begin(target: &Path) -> Arc<Staging> {
    let target = Target::new(target.to_str().unwrap(), &StoreOptions::default()).unwrap();
    target.begin(Uuid::new_v4(), &Arc::default(), &pool())
}

fn write(staging: &Staging, path: &str, text: &str) {
    let mut file = staging.create(path).unwrap();
    for part in text.as_bytes().chunks(3) {
        file.write(part).unwrap();
    }
    assert_eq!(file.finish().unwrap(), text.len() as u64);
}

/// Every file, hidden ones too, as `path=text`.
fn all(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            if path.is_dir() {
                found.push(format!("{name}/"));
                folders.push(path);
            } else {
                found.push(format!("{name}={}", fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_new_target_appears_with_everything_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let staging = begin(&folder.path().join("x/y/table"));
    write(&staging, "0.json", "{}{}");
    write(&staging, "part-1/0.json", "[]");
    assert!(!folder.path().join("x/y/table").exists());
    staging.commit_phase();
    write(&staging, "_manifest", "two");
    staging.publish().unwrap();
    let expected = [
        "x/",
        "x/y/",
        "x/y/table/",
        "x/y/table/0.json={}{}",
        "x/y/table/_manifest=two",
        "x/y/table/part-1/",
        "x/y/table/part-1/0.json=[]",
    ];
    assert_eq!(all(folder.path()), expected);
    // Over means over.
    assert!(staging.create("late").is_err());
    staging.abort();
    assert!(matches!(staging.publish(), Err(StagingError::Aborted(_))));
    drop(staging);
    assert_eq!(all(folder.path()), expected);
}

#[test]
fn an_empty_folder_becomes_the_table_and_keeps_its_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("table");
    fs::create_dir(&target).unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o750)).unwrap();
    let staging = begin(&target);
    write(&staging, "a", "1");
    assert_eq!(all(&target), Vec::<String>::new());
    staging.publish().unwrap();
    assert_eq!(all(folder.path()), ["table/", "table/a=1"]);
    let mode = fs::metadata(&target).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o750);
}

#[test]
fn a_table_with_files_gets_a_folder_more() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("table");
    let first = begin(&target);
    write(&first, "a", "1");
    first.publish().unwrap();
    let second = begin(&target);
    write(&second, "a", "2");
    assert_eq!(all(&target), ["a=1"]);
    second.publish().unwrap();
    let files = all(&target);
    assert_eq!(files.len(), 3, "{files:?}");
    assert!(files.contains(&"a=1".to_owned()));
    let more = files.iter().find(|file| file.ends_with("/a=2")).unwrap();
    assert_eq!(more.len(), 32 + "/a=2".len());
    assert_eq!(all(folder.path()).len(), 4);
}

#[test]
fn of_two_writers_to_a_new_target_both_succeed() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("table");
    let (one, two) = (begin(&target), begin(&target));
    write(&one, "a", "1");
    write(&two, "a", "2");
    one.publish().unwrap();
    two.publish().unwrap();
    let files = all(&target);
    assert!(files.contains(&"a=1".to_owned()), "{files:?}");
    assert!(files.iter().any(|file| file.ends_with("/a=2")), "{files:?}");
    assert_eq!(all(folder.path()).len(), 4);
}

#[test]
fn what_was_aborted_or_dropped_was_never_there() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("x/table");
    let staging = begin(&target);
    write(&staging, "a", "1");
    let mut open = staging.create("b").unwrap();
    staging.abort();
    assert_eq!(all(folder.path()), Vec::<String>::new());
    assert!(open.write(b"more").is_err());
    assert!(open.finish().is_err());
    assert!(staging.create("c").is_err());
    assert!(matches!(staging.publish(), Err(StagingError::Aborted(_))));
    let dropped = begin(&target);
    write(&dropped, "a", "1");
    drop(dropped);
    assert_eq!(all(folder.path()), Vec::<String>::new());
}

#[test]
fn a_cancelled_query_publishes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("table");
    let interrupt = Arc::new(Interrupt::default());
    let target = Target::new(target.to_str().unwrap(), &StoreOptions::default()).unwrap();
    let staging = target.begin(Uuid::new_v4(), &interrupt, &pool());
    write(&staging, "a", "1");
    interrupt.cancel();
    let stopped = staging.publish().unwrap_err();
    assert!(matches!(stopped, StagingError::Stopped { .. }), "{stopped}");
    assert_eq!(all(folder.path()), Vec::<String>::new());
}

#[test]
fn an_unfinished_file_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("table");
    let staging = begin(&target);
    write(&staging, "a", "1");
    let mut open = staging.create("b").unwrap();
    open.write(b"half").unwrap();
    drop(open);
    staging.publish().unwrap();
    assert_eq!(all(&target), ["a=1"]);
}

#[test]
fn a_name_is_used_once() {
    let folder = tempfile::tempdir().unwrap();
    let staging = begin(&folder.path().join("table"));
    write(&staging, "a/b", "1");
    let twice = staging.create("a/b").err().unwrap();
    assert!(twice.contains("created before"), "{twice}");
    assert!(staging.create("../b").is_err());
    assert!(staging.create("/tmp/b").is_err());
    // A file is no folder.
    assert!(staging.create("a/b/c").is_err());
}

#[test]
fn a_file_is_no_target() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("table");
    fs::write(&target, "mine").unwrap();
    let staging = begin(&target);
    let refused = staging.create("a").err().unwrap();
    assert!(refused.contains("is a file"), "{refused}");
    drop(staging);
    assert_eq!(all(folder.path()), ["table=mine"]);
}

#[test]
fn what_a_dead_writer_left_is_removed_and_a_live_one_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("table");
    let stale = |name: &str| {
        let staging = folder.path().join(name);
        fs::create_dir_all(staging.join("data")).unwrap();
        fs::write(staging.join("data/a"), "half").unwrap();
        File::create(staging.join("lock")).unwrap();
        staging
    };
    let dead = stale(&format!(".table.{}.staging", "0".repeat(32)));
    let inside = stale(&format!("table/.{}.staging", "1".repeat(32)));
    let other = stale(&format!(".other.{}.staging", "2".repeat(32)));
    let mine = stale(".table.backup.staging");
    let live = begin(&target);
    write(&live, "a", "1");
    assert!(!dead.exists() && !inside.exists());
    assert!(other.exists() && mine.exists());
    let next = begin(&target);
    write(&next, "a", "2");
    live.publish().unwrap();
    next.publish().unwrap();
    let files = all(&target);
    assert!(files.contains(&"a=1".to_owned()), "{files:?}");
    assert!(files.iter().any(|file| file.ends_with("/a=2")), "{files:?}");
}

#[test]
fn a_write_of_no_files_leaves_a_table_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("table");
    begin(&target).publish().unwrap();
    assert_eq!(all(folder.path()), ["table/"]);
    fs::write(target.join("a"), "1").unwrap();
    begin(&target).publish().unwrap();
    assert_eq!(all(folder.path()), ["table/", "table/a=1"]);
}

struct Bucket {
    store: Arc<dyn ObjectStore>,
    interrupt: Arc<Interrupt>,
}

impl Bucket {
    fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            interrupt: Arc::default(),
        }
    }

    fn begin(&self, pool: &Arc<dyn MemoryPool>) -> Arc<Staging> {
        self.named(Uuid::new_v4(), pool)
    }

    fn named(&self, name: Uuid, pool: &Arc<dyn MemoryPool>) -> Arc<Staging> {
        let target = Target {
            text: "s3://bucket/table".to_owned(),
            place: Place::Remote(Remote {
                store: Arc::clone(&self.store),
                origin: Arc::default(),
                root: "s3://bucket".to_owned(),
                base: Key::from("table"),
                pattern: String::new(),
                folder: true,
                http: false,
            }),
        };
        target.begin(name, &self.interrupt, pool)
    }

    /// Every object, without the attempt, and its size.
    fn all(&self) -> Vec<String> {
        let store = Arc::clone(&self.store);
        let listed = wait(&Interrupt::default(), async move {
            store.list(None).try_collect::<Vec<_>>().await
        });
        let mut found: Vec<_> = listed
            .unwrap()
            .unwrap()
            .iter()
            .map(|object| {
                let path = object.location.as_ref().strip_prefix("table/").unwrap();
                let (attempt, path) = path.split_once('/').unwrap();
                assert_eq!(attempt.len(), 32);
                format!("{path} {}", object.size)
            })
            .collect();
        found.sort();
        found
    }
}

#[test]
fn objects_appear_when_all_are_there() {
    let bucket = Bucket::new(Arc::new(InMemory::new()));
    let staging = bucket.begin(&pool());
    write(&staging, "a.json", "{}");
    let mut large = staging.create("x/large.json").unwrap();
    for _ in 0..5 {
        large.write(&vec![7; 5 << 20]).unwrap();
    }
    assert_eq!(large.finish().unwrap(), 25 << 20);
    let mut dropped = staging.create("dropped").unwrap();
    dropped.write(&vec![7; 9 << 20]).unwrap();
    drop(dropped);
    assert_eq!(bucket.all(), Vec::<String>::new());
    staging.commit_phase();
    write(&staging, "manifest", "two");
    assert_eq!(bucket.all(), Vec::<String>::new());
    staging.publish().unwrap();
    assert_eq!(
        bucket.all(),
        [
            "a.json 2",
            "manifest 3",
            &format!("x/large.json {}", 25 << 20)
        ]
    );
}

#[test]
fn objects_of_an_aborted_write_never_appear() {
    let bucket = Bucket::new(Arc::new(InMemory::new()));
    let staging = bucket.begin(&pool());
    write(&staging, "a.json", "{}");
    let mut large = staging.create("large").unwrap();
    large.write(&vec![7; 9 << 20]).unwrap();
    staging.abort();
    assert!(large.finish().is_err());
    assert!(staging.publish().is_err());
    assert_eq!(bucket.all(), Vec::<String>::new());
}

#[test]
fn large_files_are_charged_to_the_query() {
    let bucket = Bucket::new(Arc::new(InMemory::new()));
    let pool: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(10 << 20));
    let staging = bucket.begin(&pool);
    let mut file = staging.create("a").unwrap();
    file.write(&vec![7; 4 << 20]).unwrap();
    assert_eq!(pool.reserved(), 4 << 20);
    let refused = file.write(&vec![7; 8 << 20]).unwrap_err();
    assert!(refused.contains('a'), "{refused}");
    drop(file);
    drop(staging);
    assert_eq!(pool.reserved(), 0);
}

#[test]
fn objects_of_a_publication_that_fails_are_deleted() {
    let inner = Arc::new(InMemory::new());
    let bucket = Bucket::new(Arc::new(Failing(Arc::clone(&inner))));
    let staging = bucket.begin(&pool());
    write(&staging, "a.json", "{}");
    write(&staging, "b.json", "{}");
    staging.commit_phase();
    write(&staging, "manifest", "two");
    let failed = staging.publish().unwrap_err();
    assert!(failed.to_string().contains("no room"), "{failed}");
    assert_eq!(bucket.all(), Vec::<String>::new());
}

/// A store that takes no manifest.
#[derive(Debug)]
struct Failing(Arc<InMemory>);

impl std::fmt::Display for Failing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Failing")
    }
}

#[async_trait::async_trait]
impl ObjectStore for Failing {
    async fn put_opts(
        &self,
        location: &Key,
        payload: object_store::PutPayload,
        options: object_store::PutOptions,
    ) -> object_store::Result<object_store::PutResult> {
        if location.filename() == Some("manifest") {
            // The others are there by now.
            assert!(
                self.0
                    .head(&Key::from_iter(location.parts().take(2)).join("a.json"))
                    .await
                    .is_ok()
            );
            return Err(object_store::Error::Generic {
                store: "test",
                source: "no room".into(),
            });
        }
        self.0.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Key,
        options: object_store::PutMultipartOptions,
    ) -> object_store::Result<Box<dyn object_store::MultipartUpload>> {
        self.0.put_multipart_opts(location, options).await
    }

    async fn get_opts(
        &self,
        location: &Key,
        options: object_store::GetOptions,
    ) -> object_store::Result<object_store::GetResult> {
        self.0.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: futures::stream::BoxStream<'static, object_store::Result<Key>>,
    ) -> futures::stream::BoxStream<'static, object_store::Result<Key>> {
        self.0.delete_stream(locations)
    }

    fn list(
        &self,
        prefix: Option<&Key>,
    ) -> futures::stream::BoxStream<'static, object_store::Result<object_store::ObjectMeta>> {
        self.0.list(prefix)
    }

    async fn list_with_delimiter(
        &self,
        prefix: Option<&Key>,
    ) -> object_store::Result<object_store::ListResult> {
        self.0.list_with_delimiter(prefix).await
    }

    async fn copy_opts(
        &self,
        from: &Key,
        to: &Key,
        options: object_store::CopyOptions,
    ) -> object_store::Result<()> {
        self.0.copy_opts(from, to, options).await
    }
}

fn joined(target: &Path, name: Uuid) -> Arc<Staging> {
    let target = Target::new(target.to_str().unwrap(), &StoreOptions::default()).unwrap();
    let bytes = postcard::to_stdvec(&target.encode().unwrap()).unwrap();
    let target = Target::decode(postcard::from_bytes(&bytes).unwrap()).unwrap();
    target.join(name, &Arc::default(), &pool())
}

fn led(target: &Path, name: Uuid) -> Arc<Staging> {
    let target = Target::new(target.to_str().unwrap(), &StoreOptions::default()).unwrap();
    target.begin(name, &Arc::default(), &pool())
}

#[test]
fn machines_put_files_into_one_folder_that_one_of_them_shows() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("x/table");
    for round in 1..=2 {
        let name = Uuid::new_v4();
        let leader = led(&target, name);
        let (a, b) = (joined(&target, name), joined(&target, name));
        assert!(a.create("a").is_err(), "there is nothing to join yet");
        leader.open().unwrap();
        write(&a, "a/1", "one");
        write(&b, "a/2", "two");
        let taken = b.create("a/1").err().unwrap();
        assert!(taken.contains("created before"), "{taken}");
        leader
            .adopt(vec!["a/1".to_owned(), "a/2".to_owned()])
            .unwrap();
        assert!(leader.adopt(vec!["a/2".to_owned()]).is_err());
        leader.commit_phase();
        write(&leader, "index", "both");
        a.publish().unwrap();
        b.publish().unwrap();
        let files = |all: Vec<String>| all.iter().filter(|path| !path.ends_with('/')).count();
        leader.publish().unwrap();
        let shown = all(&target);
        assert_eq!(files(shown.clone()), 3 * round, "{shown:?}");
        drop((a, b));
        assert_eq!(all(&target), shown);
    }
}

#[test]
fn who_joins_a_write_can_not_bring_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("table");
    for published in [true, false] {
        let name = Uuid::new_v4();
        let leader = led(&target, name);
        leader.open().unwrap();
        let late = joined(&target, name);
        write(&late, "a/b", "1");
        let mut open = late.create("a/open").unwrap();
        open.write(b"2").unwrap();
        if published {
            leader.adopt(vec!["a/b".to_owned()]).unwrap();
            leader.publish().unwrap();
        } else {
            leader.abort();
        }
        for path in ["c", "a/c", "d/c"] {
            let error = late.create(path).err().unwrap();
            assert!(error.contains("given up"), "{error}");
        }
        late.abort();
        assert!(open.finish().is_err());
        let staged = fs::read_dir(folder.path()).unwrap();
        let names: Vec<_> = staged.map(|it| it.unwrap().file_name()).collect();
        assert_eq!(names, ["table"]);
    }
}

#[test]
fn objects_of_other_machines_go_with_a_write_that_fails() {
    let bucket = Bucket::new(Arc::new(InMemory::new()));
    let name = Uuid::new_v4();
    let (leader, other) = (bucket.named(name, &pool()), bucket.named(name, &pool()));
    write(&other, "part-0", "rows");
    leader.adopt(vec!["part-0".to_owned()]).unwrap();
    other.publish().unwrap();
    assert_eq!(bucket.all(), ["part-0 4"]);
    leader.withdraw();
    assert_eq!(bucket.all(), [""; 0]);
    leader.abort();

    // Nobody has told this one to publish.
    let silent = bucket.named(Uuid::new_v4(), &pool());
    write(&silent, "part-1", "rows");
    drop(silent);
    assert_eq!(bucket.all(), [""; 0]);
}
