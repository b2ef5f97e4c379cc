//! What belongs to one query.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use arrow::datatypes::DataType;
use datafusion::{
    config::{ConfigEntry, ConfigExtension, ConfigOptions, ExtensionOptions},
    error::{DataFusionError, Result},
    execution::memory_pool::MemoryPool,
};

use super::{
    figures::{Figures, FunctionFigures},
    pool::Pool,
    shared::Shared,
};
use crate::{
    sandbox::{Environment, Interrupt, LogBudget},
    store::Digest,
};

/// Everything that the functions of one query share: memory, the stop button, instances and figures.
///
/// DataFusion hands nothing of a query to a scalar function but its configuration, so that is where the
/// scope travels: [`install`](Self::install) it before planning. A plan is run once.
pub struct QueryScope {
    pool: Arc<dyn MemoryPool>,
    interrupt: Arc<Interrupt>,
    log: Arc<LogBudget>,
    host: Arc<str>,
    parked: usize,
    functions: Mutex<HashMap<u64, Arc<FunctionScope>>>,
    /// Whether the plan calls functions.
    calls: AtomicBool,
    /// What other machines did.
    absorbed: Mutex<Vec<FunctionFigures>>,
}

/// What belongs to one function of one query.
pub struct FunctionScope {
    pub(crate) environment: Arc<Environment>,
    pub(crate) figures: Figures,
    component: Digest,
    parked: usize,
    sites: Mutex<Vec<Site>>,
}

impl QueryScope {
    /// A scope that charges `pool`, for a query of so many partitions, that ends at `deadline`.
    pub fn new(
        pool: Arc<dyn MemoryPool>,
        partitions: usize,
        deadline: Option<Instant>,
    ) -> Arc<Self> {
        Self::with_parked(pool, 2 * partitions.max(2), deadline)
    }

    /// A scope in which at most `parked` instances of a function wait until their results are let go;
    /// further results are copied out.
    pub fn with_parked(
        pool: Arc<dyn MemoryPool>,
        parked: usize,
        deadline: Option<Instant>,
    ) -> Arc<Self> {
        Arc::new(Self::named("embedded", pool, parked, deadline))
    }

    /// A scope for a task of a query on the machine of this name, which messages name.
    pub fn on_host(
        pool: Arc<dyn MemoryPool>,
        partitions: usize,
        deadline: Option<Instant>,
        host: &str,
    ) -> Arc<Self> {
        Arc::new(Self::named(host, pool, 2 * partitions.max(2), deadline))
    }

    fn named(
        host: &str,
        pool: Arc<dyn MemoryPool>,
        parked: usize,
        deadline: Option<Instant>,
    ) -> Self {
        Self {
            pool,
            interrupt: Arc::new(Interrupt::new(deadline)),
            log: Arc::default(),
            host: host.into(),
            parked,
            functions: Mutex::default(),
            calls: AtomicBool::new(false),
            absorbed: Mutex::default(),
        }
    }

    /// Puts the scope where functions find it.
    pub fn install(self: &Arc<Self>, options: &mut ConfigOptions) {
        options.extensions.insert(ScopeExtension {
            scope: Some(Arc::clone(self)),
        });
    }

    /// The scope of the query that runs with these options.
    pub fn of(options: &ConfigOptions) -> Option<&Arc<Self>> {
        options.extensions.get::<ScopeExtension>()?.scope.as_ref()
    }

    /// Stops the query: guests that compute end within milliseconds.
    pub fn cancel(&self) {
        self.interrupt.cancel();
    }

    /// What stops the query.
    pub fn interrupt(&self) -> &Arc<Interrupt> {
        &self.interrupt
    }

    /// Names the machine in messages.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What the functions did so far, by name: here, and on the machines whose figures were
    /// [absorbed](Self::absorb).
    pub fn figures(&self) -> Vec<FunctionFigures> {
        let absorbed = self.absorbed();
        summed(self.here().chain(absorbed.iter().cloned()))
    }

    /// What the functions did so far on this machine, by name.
    pub(crate) fn own_figures(&self) -> Vec<FunctionFigures> {
        summed(self.here())
    }

    /// Adds what functions of the query did on another machine.
    pub fn absorb(&self, figures: Vec<FunctionFigures>) {
        let mut absorbed = self.absorbed();
        let before = std::mem::take(&mut *absorbed);
        *absorbed = summed(before.into_iter().chain(figures));
    }
    /// A plan of the query calls functions, whose figures are worth publishing.
    pub(crate) fn expect_functions(&self) {
        self.calls.store(true, Ordering::Relaxed);
    }

    /// Whether [`expect_functions`](Self::expect_functions) was called.
    pub(crate) fn has_functions(&self) -> bool {
        self.calls.load(Ordering::Relaxed)
    }

    /// Ends the query when dropped: what still runs is stopped, and the instances are given back.
    pub fn guard(self: &Arc<Self>) -> CancelOnDrop {
        CancelOnDrop(Arc::clone(self))
    }

    /// What belongs to the function that goes by `id`; made by `environment` when first asked for.
    pub(crate) fn function(
        &self,
        id: u64,
        component: Digest,
        environment: impl FnOnce(&Self) -> Environment,
    ) -> Arc<FunctionScope> {
        let mut functions = self.functions();
        let function = functions.entry(id).or_insert_with(|| {
            Arc::new(FunctionScope {
                environment: Arc::new(environment(self)),
                figures: Figures::default(),
                component,
                parked: self.parked,
                sites: Mutex::default(),
            })
        });
        Arc::clone(function)
    }

    pub(crate) fn memory_pool(&self) -> &Arc<dyn MemoryPool> {
        &self.pool
    }

    pub(crate) fn log(&self) -> &Arc<LogBudget> {
        &self.log
    }

    fn here(&self) -> impl Iterator<Item = FunctionFigures> + use<> {
        let functions: Vec<_> = self.functions().values().cloned().collect();
        functions.into_iter().map(|function| {
            let name = &function.environment.function;
            function.figures.snapshot(name, function.component)
        })
    }

    fn absorbed(&self) -> MutexGuard<'_, Vec<FunctionFigures>> {
        self.absorbed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn functions(&self) -> MutexGuard<'_, HashMap<u64, Arc<FunctionScope>>> {
        self.functions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// One entry for each function, in order.
fn summed(figures: impl Iterator<Item = FunctionFigures>) -> Vec<FunctionFigures> {
    let mut figures: Vec<_> = figures.collect();
    figures.sort_by(|a, b| (&a.function, a.component).cmp(&(&b.function, b.component)));
    // Bound twice under one name, for instance by a view of an earlier day: one function to a user.
    figures.dedup_by(|more, sum| {
        let same = (&more.function, more.component) == (&sum.function, sum.component);
        if same {
            sum.add(more);
        }
        same
    });
    figures
}

impl FunctionScope {
    /// The instances for arguments of these types, in a call of the signature of this number.
    pub(crate) fn pool<'t>(
        &self,
        signature: usize,
        types: impl ExactSizeIterator<Item = &'t DataType> + Clone,
    ) -> Arc<Pool> {
        self.site(signature, types, |site| Arc::clone(&site.pool))
    }

    /// The instances for states that outlive a call, likewise.
    pub(crate) fn shared<'t>(
        &self,
        signature: usize,
        types: impl ExactSizeIterator<Item = &'t DataType> + Clone,
    ) -> Arc<Shared> {
        self.site(signature, types, |site| Arc::clone(&site.shared))
    }

    fn site<'t, R>(
        &self,
        signature: usize,
        types: impl ExactSizeIterator<Item = &'t DataType> + Clone,
        of: impl FnOnce(&Site) -> R,
    ) -> R {
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        let known = sites
            .iter()
            .find(|site| site.signature == signature && site.types.iter().eq(types.clone()));
        if let Some(site) = known {
            return of(site);
        }
        let site = Site {
            signature,
            types: types.cloned().collect(),
            pool: Arc::new(Pool::new(self.parked)),
            shared: Arc::new(Shared::new(self.parked)),
        };
        let result = of(&site);
        sites.push(site);
        result
    }
}

/// One way in which a function is called in a query.
struct Site {
    signature: usize,
    types: Vec<DataType>,
    pool: Arc<Pool>,
    shared: Arc<Shared>,
}

impl fmt::Debug for QueryScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryScope")
            .field("interrupt", &self.interrupt)
            .finish_non_exhaustive()
    }
}

/// Ends a query when dropped. Held by whoever wants its result.
#[derive(Debug)]
pub struct CancelOnDrop(Arc<QueryScope>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
        for function in self.0.functions().values() {
            let sites = function
                .sites
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            for site in sites.iter() {
                site.pool.close();
                site.shared.close();
            }
        }
    }
}

/// Carries the scope through DataFusion's configuration.
#[derive(Debug, Clone, Default)]
struct ScopeExtension {
    scope: Option<Arc<QueryScope>>,
}

impl ConfigExtension for ScopeExtension {
    const PREFIX: &'static str = "arrowbox_query";
}

impl ExtensionOptions for ScopeExtension {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn std::any::Any {
        self
    }

    fn cloned(&self) -> Box<dyn ExtensionOptions> {
        Box::new(self.clone())
    }

    fn set(&mut self, key: &str, _value: &str) -> Result<()> {
        Err(DataFusionError::Configuration(format!(
            "`{}.{key}` can not be set: it belongs to the running query",
            Self::PREFIX
        )))
    }

    fn entries(&self) -> Vec<ConfigEntry> {
        Vec::new()
    }
}
