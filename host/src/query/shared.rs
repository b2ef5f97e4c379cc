//! Instances in which a function is open many times: once for each partition of a window that is open.

use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::pool::Opened;
use crate::sandbox::{CallError, Handle, Instance};

/// Few instances for any number of states.
///
/// A state has an instance to itself as long as there are not many. Beyond that, those of a thread are in one
/// instance, so that threads do not wait for each other.
pub struct Shared {
    rooms: Mutex<Vec<Arc<Room>>>,
    bound: usize,
}

/// An instance and those who have a state in it.
struct Room {
    lodgers: AtomicUsize,
    inside: Mutex<Inside>,
}

struct Inside {
    /// Away while a lodger uses it.
    opened: Option<Opened>,
    /// Functions whose lodgers have left.
    free: Vec<Handle>,
}

/// A state in an instance.
pub struct Lodger {
    room: Arc<Room>,
    handle: Handle,
    /// Whether somebody else had the function before and has left a state in it.
    pub(crate) used: bool,
}

impl Shared {
    /// `bound` is how many instances there are at most.
    pub(crate) fn new(bound: usize) -> Self {
        Self {
            rooms: Mutex::default(),
            bound,
        }
    }

    /// A place for a state: in an instance made by `make`, or in one that is there, in which `open` opens the
    /// function once more.
    pub(crate) fn lodge<E: From<CallError>>(
        &self,
        make: impl FnOnce() -> Result<Opened, E>,
        open: impl FnOnce(&mut Instance) -> Result<Handle, E>,
    ) -> Result<Lodger, E> {
        let (room, full) = {
            let mut rooms = lock(&self.rooms);
            rooms.retain(|room| !room.is_dead());
            let empty = rooms.iter().find(|room| room.enter_empty());
            (empty.cloned(), rooms.len() >= self.bound)
        };
        let room = match room {
            Some(room) => room,
            None if full => self.of_thread()?,
            None => {
                let opened = make()?;
                let handle = opened.function;
                let room = Arc::new(Room {
                    lodgers: AtomicUsize::new(1),
                    inside: Mutex::new(Inside {
                        opened: Some(opened),
                        free: Vec::new(),
                    }),
                });
                lock(&self.rooms).push(Arc::clone(&room));
                return Ok(Lodger {
                    room,
                    handle,
                    used: false,
                });
            }
        };
        let mut inside = lock(&room.inside);
        let free = inside.free.pop();
        let handle = match (free, &mut inside.opened) {
            (Some(handle), _) => Ok(handle),
            (None, Some(opened)) => open(&mut opened.instance),
            (None, None) => Err(gone().into()),
        };
        drop(inside);
        match handle {
            Ok(handle) => Ok(Lodger {
                room,
                handle,
                used: free.is_some(),
            }),
            Err(error) => {
                room.lodgers.fetch_sub(1, Ordering::AcqRel);
                Err(error)
            }
        }
    }

    /// The instance for this thread, of as many as there may be.
    fn of_thread(&self) -> Result<Arc<Room>, CallError> {
        let rooms = lock(&self.rooms);
        let mut hasher = DefaultHasher::new();
        thread::current().id().hash(&mut hasher);
        let index = hasher.finish() as usize % rooms.len().max(1);
        let room = rooms.get(index).ok_or_else(gone)?;
        room.lodgers.fetch_add(1, Ordering::AcqRel);
        Ok(Arc::clone(room))
    }

    /// Lets go of all instances that nobody has a state in.
    pub(crate) fn close(&self) {
        let rooms = std::mem::take(&mut *lock(&self.rooms));
        drop(rooms);
    }
}

impl Room {
    fn enter_empty(&self) -> bool {
        let entered = self
            .lodgers
            .compare_exchange(0, 1, Ordering::AcqRel, Ordering::Acquire);
        entered.is_ok()
    }

    fn is_dead(&self) -> bool {
        // Whoever is in it finds out by itself.
        self.inside.try_lock().is_ok_and(|inside| {
            let opened = inside.opened.as_ref();
            opened.is_none_or(|opened| opened.instance.is_dead())
        })
    }
}

impl Lodger {
    /// Uses the instance, whose open function is this state's meanwhile.
    ///
    /// # Errors
    ///
    /// [`CallError::Host`] if somebody did not bring it back.
    pub(crate) fn lend<R>(
        &self,
        used: impl FnOnce(Opened) -> (R, Option<Opened>),
    ) -> Result<R, CallError> {
        let mut inside = lock(&self.room.inside);
        let mut opened = inside.opened.take().ok_or_else(gone)?;
        opened.function = self.handle;
        let (result, opened) = used(opened);
        inside.opened = opened;
        Ok(result)
    }
}

impl Drop for Lodger {
    fn drop(&mut self) {
        lock(&self.room.inside).free.push(self.handle);
        self.room.lodgers.fetch_sub(1, Ordering::AcqRel);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn gone() -> CallError {
    CallError::Host("the instance of a window function is gone".into())
}
