//! Which file imports which, read from the code itself: use-trees and paths, resolved to files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{ItemMod, ItemUse, Macro, UseTree, Visibility};

/// A path of names from the crate's root.
pub type Names = Vec<String>;

/// A file of a crate: what it imports of the same crate, from the root.
pub struct File {
    pub path: PathBuf,
    pub syntax: syn::File,
    imports: BTreeSet<Names>,
    /// What it gives out under another file's name.
    exports: BTreeMap<String, Names>,
}

/// The files of one crate by their modules.
pub struct Map(pub BTreeMap<Names, File>);

impl Map {
    /// Of the crate whose sources are in `folder`.
    pub fn of(folder: &Path) -> Map {
        let mut files = BTreeMap::new();
        for path in super::tidy::files(folder, "rs") {
            let inside = path.strip_prefix(folder).unwrap().with_extension("");
            let mut module: Names = inside
                .components()
                .map(|part| part.as_os_str().to_str().unwrap().to_owned())
                .collect();
            if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
                module.pop();
            }
            // Tests beside their file may look anywhere.
            if module
                .last()
                .is_some_and(|name| name.ends_with("tests") || name == "golden")
            {
                continue;
            }
            let syntax = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
            let mut reader = Reader {
                module: module.clone(),
                imports: BTreeSet::new(),
                exports: BTreeMap::new(),
            };
            reader.visit_file(&syntax);
            let file = File {
                path,
                syntax,
                imports: reader.imports,
                exports: reader.exports,
            };
            files.insert(module, file);
        }
        Map(files)
    }

    /// The files that a file imports, through doors to where things are.
    pub fn imports(&self, module: &Names) -> BTreeSet<Names> {
        let imported = self.0[module].imports.iter();
        let found = imported.filter_map(|path| self.file_of(path.clone(), 5));
        found.filter(|target| target != module).collect()
    }

    /// The file in which a path ends.
    fn file_of(&self, path: Names, doors: usize) -> Option<Names> {
        let at = (0..=path.len())
            .rev()
            .find(|at| self.0.contains_key(&path[..*at]))?;
        let (module, rest) = path.split_at(at);
        let exported = rest
            .first()
            .and_then(|name| self.0[module].exports.get(name));
        match exported {
            Some(target) if doors > 0 => self.file_of(target.clone(), doors - 1),
            _ => Some(module.to_vec()),
        }
    }

    /// Every way that leads back to where it began. The crate's root, which knows everything, is left out.
    pub fn circles(&self) -> Vec<String> {
        let (mut done, mut found) = (BTreeSet::new(), Vec::new());
        for module in self.0.keys() {
            self.walk(module, &mut Vec::new(), &mut done, &mut found);
        }
        found
    }

    fn walk(
        &self,
        module: &Names,
        way: &mut Vec<Names>,
        done: &mut BTreeSet<Names>,
        found: &mut Vec<String>,
    ) {
        if let Some(at) = way.iter().position(|known| known == module) {
            let circle: Vec<String> = way[at..].iter().map(|module| module.join("::")).collect();
            return found.push(circle.join(" - "));
        }
        if module.is_empty() || done.contains(module) {
            return;
        }
        way.push(module.clone());
        // What a door only gives out again is nothing that it needs.
        let exports = self.0[module].exports.values();
        let exported = exports.filter_map(|path| self.file_of(path.clone(), 5));
        let exported: BTreeSet<Names> = exported.collect();
        for next in self.imports(module).difference(&exported) {
            self.walk(next, way, done, found);
        }
        way.pop();
        done.insert(module.clone());
    }
}

/// Collects what one file names of its own crate.
struct Reader {
    module: Names,
    imports: BTreeSet<Names>,
    exports: BTreeMap<String, Names>,
}

impl Reader {
    /// A path as it is written, from the crate's root. What comes from elsewhere seems to be in this file.
    fn resolve(&self, written: &[String]) -> Names {
        let mut path = match written.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            _ => self.module.clone(),
        };
        for name in written {
            match name.as_str() {
                "crate" | "self" => {}
                "super" => drop(path.pop()),
                name => path.push(name.to_owned()),
            }
        }
        path
    }

    fn leaves(&self, tree: &UseTree, before: &Names, found: &mut Vec<(Option<String>, Names)>) {
        let with = |name: &syn::Ident| {
            let mut path = before.clone();
            path.push(name.to_string());
            path
        };
        match tree {
            UseTree::Path(path) => self.leaves(&path.tree, &with(&path.ident), found),
            UseTree::Name(name) => found.push((Some(name.ident.to_string()), with(&name.ident))),
            UseTree::Rename(name) => found.push((Some(name.rename.to_string()), with(&name.ident))),
            UseTree::Glob(_) => found.push((None, before.clone())),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.leaves(tree, before, found);
                }
            }
        }
    }

    /// Paths in what macros are given, which is no syntax yet.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Names = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(name) if path.is_empty() || colons == 2 => {
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(sign) if sign.as_char() == ':' && !path.is_empty() => colons += 1,
                other => {
                    self.imports.insert(self.resolve(&path));
                    path.clear();
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    } else if let TokenTree::Ident(name) = other {
                        path.push(name.to_string());
                    }
                }
            }
        }
        self.imports.insert(self.resolve(&path));
    }
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && matches!(&attribute.meta, syn::Meta::List(list) if list.tokens.to_string() == "test")
    })
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if is_for_tests(&item.attrs) {
            return;
        }
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let mut found = Vec::new();
        self.leaves(&item.tree, &Vec::new(), &mut found);
        for (name, written) in found {
            let path = self.resolve(&written);
            if let (false, Some(name)) = (matches!(item.vis, Visibility::Inherited), name) {
                self.exports.insert(name, path.clone());
            }
            self.imports.insert(path);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let written: Names = path
            .segments
            .iter()
            .map(|part| part.ident.to_string())
            .collect();
        if written.len() > 1 {
            self.imports.insert(self.resolve(&written));
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        self.tokens(item.tokens.clone());
        visit::visit_macro(self, item);
    }
}
