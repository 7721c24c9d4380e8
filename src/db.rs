//! The database: SQLite or PostgreSQL through one set of SQL (the dialect is in ARCHITECTURE.md).
//!
//! Two pools: a writer, one connection on SQLite because SQLite has one writer, and readers that may
//! not write. `write()` is the only way to a transaction; what is to happen after the commit is
//! handed to it, so that nothing leaves the process while a transaction is open.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Once};
use std::time::Duration;

use futures::future::BoxFuture;
use rocket::figment::Figment;
use sqlx::any::AnyPoolOptions;
use sqlx::error::BoxDynError;
use sqlx::{
    Any, AnyConnection, AnyPool, AssertSqlSafe, Connection, Executor, SqlSafeStr, Transaction,
};
use sqlx_core::any::driver::AnyDriver;
use sqlx_core::migrate::{Migration, MigrationSource, MigrationType, Migrator};

use crate::error::Result;

/// The files of `migrations/`, part of the program.
#[derive(Debug, rust_embed::RustEmbed)]
#[folder = "migrations"]
struct Migrations;

impl MigrationSource<'static> for Migrations {
    /// In their order, named `0001_porch.sql`.
    fn resolve(self) -> BoxFuture<'static, Result<Vec<Migration>, BoxDynError>> {
        let read = |name: &str| -> Result<Migration, BoxDynError> {
            let (version, rest) = name.split_once('_').ok_or("a migration without a number")?;
            let file = Migrations::get(name).ok_or("a migration that is gone")?;
            let text = String::from_utf8(file.data.into_owned())?;
            Ok(Migration::new(
                version.parse()?,
                rest.trim_end_matches(".sql").replace('_', " ").into(),
                MigrationType::Simple,
                AssertSqlSafe(text).into_sql_str(),
                false,
            ))
        };
        let mut found: Result<Vec<_>, _> = Migrations::iter().map(|name| read(&name)).collect();
        if let Ok(found) = &mut found {
            found.sort();
        }
        Box::pin(async move { found })
    }
}

/// The pools as `rocket_db_pools` keeps them; `Db` in handlers and verbs.
#[derive(rocket_db_pools::Database)]
#[database("porch")]
pub struct Stage(Db);

#[derive(Clone)]
pub struct Db {
    writer: AnyPool,
    readers: AnyPool,
    /// On SQLite: a connection that moves what was committed into the file itself.
    mover: Option<AnyPool>,
    dialect: Dialect,
    /// How many transactions this process has committed.
    commits: Arc<AtomicU64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    fn of(url: &str) -> Dialect {
        if url.starts_with("sqlite:") {
            Dialect::Sqlite
        } else {
            Dialect::Postgres
        }
    }

    /// What opens a transaction that will write. A plain `begin` on SQLite fails with "database is
    /// locked" when it reads first and writes then, whatever the busy timeout.
    fn begin(self) -> &'static str {
        match self {
            Dialect::Sqlite => "begin immediate",
            Dialect::Postgres => "begin",
        }
    }
}

/// `synchronous = full`: an acknowledged commit survives a power failure.
const WRITER_PRAGMAS: &str = "
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma foreign_keys = on;
    pragma busy_timeout = 5000;
    pragma journal_size_limit = 67108864;
    pragma wal_autocheckpoint = 16384";

/// What was committed is moved into the file beside the writer, which does it itself only where 64 MB of it have come
/// together: a commit that moves pages to all ends of a large file takes a quarter of a second.
const MOVER_PRAGMAS: &str = "
    pragma synchronous = full;
    pragma busy_timeout = 5000";

const MOVED_EVERY: Duration = Duration::from_millis(250);

const READER_PRAGMAS: &str = "
    pragma query_only = on;
    pragma busy_timeout = 5000;
    pragma cache_size = -8192;
    pragma mmap_size = 268435456";

/// Whatever hangs ends by itself: a lock that is not free, a statement, a transaction whose node is gone or frozen.
const POSTGRES_WRITER: &str = "
    set lock_timeout = '5s';
    set statement_timeout = '15s';
    set idle_in_transaction_session_timeout = '10s'";

const POSTGRES_READER: &str = "
    set default_transaction_read_only = on;
    set statement_timeout = '15s'";

const READERS: u32 = 8;
/// Whoever waits longer for a connection hears that it is busy.
const PATIENCE: Duration = Duration::from_secs(5);

#[rocket::async_trait]
impl rocket_db_pools::Pool for Db {
    type Connection = sqlx::pool::PoolConnection<Any>;
    type Error = sqlx::Error;

    async fn init(figment: &Figment) -> Result<Self, sqlx::Error> {
        let url: String = figment
            .extract_inner("url")
            .map_err(|e| sqlx::Error::Configuration(Box::new(e)))?;
        Db::open(&url).await
    }

    async fn get(&self) -> Result<Self::Connection, sqlx::Error> {
        self.readers.acquire().await
    }

    /// Called as soon as a shutdown begins, while requests under way still need the database: the end
    /// of the process closes it.
    async fn close(&self) {}
}

impl Db {
    /// Opens the database at `url`, making the SQLite file if need be, and migrates it.
    pub async fn open(url: &str) -> Result<Db, sqlx::Error> {
        install_drivers();
        let dialect = Dialect::of(url);
        let (writers, writer_pragmas, reader_pragmas) = match dialect {
            Dialect::Sqlite => (1, WRITER_PRAGMAS, READER_PRAGMAS),
            Dialect::Postgres => (READERS, POSTGRES_WRITER, POSTGRES_READER),
        };
        let remote = dialect == Dialect::Postgres;
        // On a connection of its own: a migration may take longer than anything else.
        let migrating = AnyPoolOptions::new().max_connections(1);
        let migrating = migrating.connect(url).await?;
        Migrator::new(Migrations).await?.run(&migrating).await?;
        migrating.close().await;
        let writer = pool(writers, writer_pragmas, remote);
        let writer = never_mid_transaction(writer).connect(url).await?;
        let readers = pool(READERS, reader_pragmas, remote).connect(url).await?;
        let mover = match dialect {
            Dialect::Sqlite => Some(pool(1, MOVER_PRAGMAS, false).connect_lazy(url)?),
            Dialect::Postgres => None,
        };
        Ok(Db {
            writer,
            readers,
            mover,
            dialect,
            commits: Arc::default(),
        })
    }

    /// For queries that change nothing.
    pub fn read(&self) -> &AnyPool {
        &self.readers
    }

    /// A transaction that may write. Rolled back unless it is committed.
    pub async fn write(&self) -> Result<Tx> {
        let tx = self.writer.begin_with(self.dialect.begin()).await?;
        Ok(Tx {
            tx,
            commits: self.commits.clone(),
            after: Vec::new(),
        })
    }

    /// Whether transactions that write come one after the other.
    pub fn has_one_writer(&self) -> bool {
        self.dialect == Dialect::Sqlite
    }

    /// A number that changes with every commit of this process; none where other nodes commit too.
    pub fn version(&self) -> Option<u64> {
        (self.dialect == Dialect::Sqlite).then(|| self.commits.load(Ordering::Acquire))
    }

    /// Moves what is committed into the file, until the process ends; elsewhere than on SQLite there is nothing to do.
    pub async fn move_commits(self) {
        let Some(mover) = &self.mover else { return };
        let mut moved = 0;
        loop {
            tokio::time::sleep(MOVED_EVERY).await;
            let commits = self.commits.load(Ordering::Acquire);
            if commits == moved {
                continue;
            }
            moved = commits;
            let done = sqlx::raw_sql("pragma wal_checkpoint(passive)").execute(mover);
            if let Err(error) = done.await {
                tracing::warn!(%error, "commits are not moved into the database's file; trying again");
            }
        }
    }

    pub async fn close(&self) {
        if let Some(mover) = &self.mover {
            mover.close().await;
        }
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Makes SQLite and PostgreSQL known to sqlx; again it does nothing.
pub fn install_drivers() {
    const DRIVERS: &[AnyDriver] = &[sqlx_sqlite::any::DRIVER, sqlx_postgres::any::DRIVER];
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        sqlx::any::install_drivers(DRIVERS).expect("they are installed once");
    });
}

fn pool(connections: u32, setup: &'static str, remote: bool) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        // A server may have gone away meanwhile; a file does not.
        .test_before_acquire(remote)
        .max_lifetime(None)
        .acquire_timeout(PATIENCE)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                connection.execute(setup.into_sql_str()).await?;
                Ok(())
            })
        })
}

/// A connection whose commit failed keeps its transaction open for ever (sqlx 0.9): away with it. The
/// ping lets a rollback that is under way finish first.
fn never_mid_transaction(pool: AnyPoolOptions) -> AnyPoolOptions {
    pool.after_release(|connection, _| {
        Box::pin(async move {
            connection.ping().await?;
            Ok(!connection.is_in_transaction())
        })
    })
}

/// An open transaction, and what is to follow it.
pub struct Tx {
    tx: Transaction<'static, Any>,
    commits: Arc<AtomicU64>,
    after: Vec<Box<dyn FnOnce() + Send>>,
}

impl Tx {
    /// Runs `act` once the transaction is committed, and not at all otherwise.
    pub fn after_commit(&mut self, act: impl FnOnce() + Send + 'static) {
        self.after.push(Box::new(act));
    }

    pub async fn commit(self) -> Result<()> {
        let committed = self.tx.commit().await;
        // A commit that failed may have happened all the same.
        self.commits.fetch_add(1, Ordering::AcqRel);
        committed?;
        for act in self.after {
            act();
        }
        Ok(())
    }
}

impl Deref for Tx {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.tx
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.tx
    }
}
