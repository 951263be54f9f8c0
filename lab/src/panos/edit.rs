//! Changes of a configuration tree: merge, replace, delete, rename. Each tells
//! which nodes it changed.

use super::answer::Refusal;
use super::references;
use super::xml::Node;
use super::xpath::{Only, Path, Step};

/// A node that was changed, and how.
pub(crate) type Changed = (Path, &'static str);

/// `action=set`: merges elements into the node at `path`, which is made when
/// it is not there.
pub(crate) fn set(root: &mut Node, path: &Path, elements: &[Node]) -> Vec<Changed> {
    let mut changed = Vec::new();
    if let Some(fresh) = first_missing(root, path) {
        changed.push((fresh, "CREATE"));
    }
    let created = !changed.is_empty();
    let node = path.make(root);
    let mut below = Vec::new();
    for element in elements {
        merge(node, path, element, &mut below);
    }
    if !created {
        changed.extend(below);
    }
    changed
}

/// Lays one tree over another.
pub(crate) fn overlay(under: &mut Node, over: &Node) {
    let path = Path {
        steps: vec![Step::to(under)],
        names_only: false,
    };
    for child in &over.children {
        merge(under, &path, child, &mut Vec::new());
    }
}

fn merge(node: &mut Node, path: &Path, element: &Node, changed: &mut Vec<Changed>) {
    let place = path.child(Step::to(element));
    let known = node
        .children
        .iter_mut()
        .find(|child| child.is_same_place(element));
    match known {
        None => {
            node.children.push(element.clone());
            changed.push((place, "CREATE"));
        }
        Some(child) if element.children.is_empty() => {
            if child.children.is_empty() && child.text != element.text {
                child.text.clone_from(&element.text);
                changed.push((place, "EDIT"));
            }
        }
        Some(child) => {
            for inner in &element.children {
                merge(child, &place, inner, changed);
            }
        }
    }
}

/// `action=edit`: puts `element` in place of the node at `path`.
pub(crate) fn edit(root: &mut Node, path: &Path, element: Node) -> Result<Changed, Refusal> {
    let fits = path.last().is_some_and(|step| step.fits(&element));
    if !fits {
        return Err(Refusal::coded(
            12,
            ["edit failed, may need to override template object first"],
        ));
    }
    let changed = match first_missing(root, path) {
        Some(fresh) => (fresh, "CREATE"),
        None => (path.clone(), "EDIT"),
    };
    *path.make(root) = element;
    Ok(changed)
}

/// `action=delete`: one change for each node that was there.
pub(crate) fn delete(root: &mut Node, path: &Path) -> Vec<Changed> {
    let gone: Vec<Path> = path
        .parent()
        .into_iter()
        .flat_map(|parent| {
            path.find(root)
                .into_iter()
                .map(move |node| parent.child(Step::to(node)))
        })
        .collect();
    path.remove(root);
    gone.into_iter().map(|path| (path, "DELETE")).collect()
}

/// `action=rename` of an entry; what mentions it follows.
pub(crate) fn rename(root: &mut Node, path: &Path, name: &str) -> Result<Vec<Changed>, Refusal> {
    let parent = path
        .parent()
        .ok_or_else(|| Refusal::coded(6, ["Invalid xpath"]))?;
    let renamed = parent.child(Step::entry(name));
    let is_entry = matches!(
        path.last().map(|step| &step.only),
        Some(Some(Only::Name(_)))
    );
    if !is_entry || path.first(root).is_none() {
        return Err(Refusal::coded(7, ["No such node"]));
    }
    if renamed.first(root).is_some() {
        return Err(Refusal::coded(8, [format!("{name} already exists")]));
    }
    let uses = references::uses_of(root, path);
    path.make(root).set_attribute("name", name.to_owned());
    let mut changed = vec![(path.clone(), "DELETE"), (renamed, "CREATE")];
    for it in uses {
        let node = it.at.make(root);
        if node.name == "entry" {
            node.set_attribute("name", name.to_owned());
        } else {
            name.clone_into(&mut node.text);
        }
        changed.push((it.at, "EDIT"));
    }
    Ok(changed)
}

/// Brings `into` at `path` to what `from` has there, also to nothing.
pub(crate) fn copy(from: &Node, into: &mut Node, path: &Path) {
    match path.first(from) {
        Some(node) => *path.make(into) = node.clone(),
        None => {
            path.remove(into);
        }
    }
}

/// The uppermost node on the way to `path` that is not there.
fn first_missing(root: &Node, path: &Path) -> Option<Path> {
    (1..=path.steps.len())
        .map(|length| Path {
            steps: path.steps[..length].to_vec(),
            names_only: false,
        })
        .find(|head| head.first(root).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Path {
        Path::parse(text).expect("a path")
    }

    fn shown(changed: &[Changed]) -> Vec<String> {
        changed
            .iter()
            .map(|(path, verb)| format!("{verb} {path}"))
            .collect()
    }

    #[test]
    fn a_merge_changes_the_smallest_nodes() {
        let mut root = Node::parse(
            "<config><shared><p><entry name='a'><c>1</c><s><m>x</m></s></entry></p></shared></config>",
        )
        .expect("XML");
        let entry = path("/config/shared/p/entry[@name='a']");
        let elements = Node::parse_all("<c>2</c><s><m>x</m></s>").expect("XML");
        let changed = set(&mut root, &entry, &elements);
        assert_eq!(
            shown(&changed),
            ["EDIT /config/shared/p/entry[@name='a']/c"]
        );
        let fresh = path("/config/shared/q/entry[@name='b']");
        let changed = set(&mut root, &fresh, &elements);
        assert_eq!(shown(&changed), ["CREATE /config/shared/q"]);
        assert_eq!(shown(&delete(&mut root, &entry)).len(), 1);
        assert!(delete(&mut root, &entry).is_empty());
        assert!(edit(&mut root, &fresh, Node::entry("c")).is_err());
    }
}
