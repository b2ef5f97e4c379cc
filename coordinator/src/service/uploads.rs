use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arrowbox_host::Digest;
use arrowbox_host::protocol::{Terms, Upload};
use datafusion::sql::parser::Statement as SqlStatement;

use crate::quantity::{Bytes, Span};
use crate::session::{CreateFunction, FunctionOptions, Statement};

/// What paths of a client's statements stand for here: its files are in the store, and its relative paths
/// begin in its folder.
#[derive(Debug)]
pub(super) struct Uploads {
    files: BTreeMap<String, Digest>,
    folder: Option<PathBuf>,
}

impl Uploads {
    pub(super) fn new(uploads: Vec<Upload>, folder: Option<String>) -> Self {
        let files = uploads.into_iter();
        Self {
            files: files.map(|upload| (upload.path, upload.digest)).collect(),
            folder: folder.map(PathBuf::from),
        }
    }

    /// Puts what paths stand for in their place.
    pub(super) fn resolve(&self, statement: &mut Statement) {
        match statement {
            Statement::Sql(statement) => self.resolve_sql(statement),
            Statement::CreateFunction(create) => self.resolve_function(create),
            Statement::DropFunction(_) | Statement::ShowFunctions(_) => {}
        }
    }

    /// What a component is found by, and where the client has it.
    pub(super) fn component(&self, source: String) -> (String, Option<String>) {
        match self.files.get(&source) {
            Some(digest) => (digest.to_string(), Some(self.absolute(&source))),
            None => (source, None),
        }
    }

    /// What a function is told by flags.
    pub(super) fn options(&self, terms: Terms) -> FunctionOptions {
        let data = terms.data.into_iter();
        FunctionOptions {
            grants: terms.grants,
            memory: terms.memory.map(Bytes),
            timeout: terms.timeout.map(Span),
            parameters: terms.parameters,
            data: data
                .map(|(name, path)| (name, self.data(PathBuf::from(path))))
                .collect(),
        }
    }

    fn resolve_function(&self, create: &mut CreateFunction) {
        let (source, origin) = self.component(std::mem::take(&mut create.source));
        create.source = source;
        create.origin = origin;
        for path in create.options.data.values_mut() {
            *path = self.data(std::mem::take(path));
        }
    }

    fn data(&self, path: PathBuf) -> PathBuf {
        let found = path.to_str().and_then(|text| self.files.get(text));
        match found {
            Some(digest) => PathBuf::from(digest.to_string()),
            None => path,
        }
    }

    fn resolve_sql(&self, statement: &mut SqlStatement) {
        match statement {
            SqlStatement::CreateExternalTable(create) => {
                for location in &mut create.locations {
                    *location = self.absolute(location);
                }
            }
            SqlStatement::CopyTo(copy) => copy.target = self.absolute(&copy.target),
            SqlStatement::Explain(explain) => self.resolve_sql(&mut explain.statement),
            SqlStatement::Statement(_) | SqlStatement::Reset(_) => {}
        }
    }

    /// A URL is absolute already.
    fn absolute(&self, path: &str) -> String {
        match &self.folder {
            Some(folder) if Path::new(path).is_relative() && !path.contains("://") => {
                // Not by components: a slash at the end means a folder.
                format!("{}/{path}", folder.display())
            }
            _ => path.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::dialect::GenericDialect;

    use super::*;
    use crate::session::parse;

    fn resolved(text: &str) -> Statement {
        let uploads = ["f.wasm", "table.bin"].map(|path| Upload {
            path: path.to_owned(),
            digest: Digest::of(path.as_bytes()),
        });
        let uploads = Uploads::new(uploads.into(), Some("/client".to_owned()));
        let mut statement = parse(text, &GenericDialect, 50).unwrap().remove(0);
        uploads.resolve(&mut statement);
        statement
    }

    #[test]
    fn files_of_the_client_are_found_in_the_store() {
        let text = "CREATE FUNCTION f LANGUAGE WASM AS 'f.wasm' \
                    OPTIONS (data.a 'table.bin', data.b '/elsewhere')";
        let Statement::CreateFunction(create) = resolved(text) else {
            panic!("it makes a function");
        };
        assert_eq!(create.source, Digest::of(b"f.wasm").to_string());
        assert_eq!(create.origin.as_deref(), Some("/client/f.wasm"));
        let digest = Digest::of(b"table.bin").to_string();
        assert_eq!(create.options.data["a"], Path::new(&digest));
        assert_eq!(create.options.data["b"], Path::new("/elsewhere"));
    }

    #[test]
    fn relative_paths_begin_where_the_client_is() {
        for (text, expected) in [
            ("COPY t TO 'out/' STORED AS CSV", "/client/out/"),
            ("COPY t TO '/tmp/out' STORED AS CSV", "/tmp/out"),
            ("COPY t TO 's3://b/out' STORED AS CSV", "s3://b/out"),
            ("EXPLAIN COPY t TO 'o.csv' STORED AS CSV", "/client/o.csv"),
            (
                "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION 'in.csv'",
                "/client/in.csv",
            ),
        ] {
            let Statement::Sql(statement) = resolved(text) else {
                panic!("{text}");
            };
            let location = match *statement {
                SqlStatement::CopyTo(copy) => copy.target,
                SqlStatement::CreateExternalTable(create) => create.locations[0].clone(),
                SqlStatement::Explain(explain) => match *explain.statement {
                    SqlStatement::CopyTo(copy) => copy.target,
                    other => panic!("{other}"),
                },
                other => panic!("{other}"),
            };
            assert_eq!(location, expected, "{text}");
        }
    }
}
