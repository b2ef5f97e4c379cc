//! Where a function goes, and how it is entered again in the midst of its loops.

use petgraph::graph::DiGraph;
use petgraph::visit::Dfs;

use super::blocks::Function;
use super::flow::{Flow, Node};

/// What is written, each with a place in the graph.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// Where the function begins: at its first block, or where it is entered again.
    Entry,
    Block(usize),
    /// Before the loop that begins with a block, if the function can be entered again within: goes on to that block, or
    /// to where the function is entered again, or to the next loop around that.
    Gate(usize),
}

/// The blocks of a function, in a graph in which each loop has one entry.
pub(super) struct Paths {
    pub(super) flow: Flow,
    /// Whether the loop that begins with a block has a gate.
    gates: Vec<bool>,
    /// For each block in which the function is entered again, the first blocks of the loops whose gates are on the way.
    ways: Vec<Option<Vec<usize>>>,
}

impl Paths {
    /// None if a loop has two entries before those for entering again.
    pub(super) fn of(function: &Function<'_>) -> Option<Self> {
        let count = function.blocks.len();
        let resumed = || (0..count).filter(|&block| function.blocks[block].resumes);
        let mut graph = nodes(count);
        for block in 0..count {
            for next in function.after(block) {
                graph.add_edge(
                    Place::Block(block).node(count),
                    Place::Block(next).node(count),
                    (),
                );
            }
        }
        // What follows nothing but an entry begins there.
        let mut reached = Dfs::empty(&graph);
        for block in resumed() {
            let node = Place::Block(block).node(count);
            if !reached.discovered.contains(node.index()) {
                graph.add_edge(Place::Entry.node(count), node, ());
                reached.move_to(node);
                while reached.next(&graph).is_some() {}
            }
        }
        let plain = Flow::of(graph, Place::Entry.node(count))?;
        let mut gates = vec![false; count];
        let mut ways = vec![None; count];
        let loops = plain.loops();
        let around = |block: usize| {
            let headers = loops.get(Place::Block(block).node(count).index());
            let headers = headers.into_iter().flatten();
            headers.map(|header| header.index() - 1).collect::<Vec<_>>()
        };
        for block in resumed() {
            for header in around(block) {
                gates[header] |= header != block;
            }
        }
        for block in resumed() {
            let mut way = around(block);
            way.retain(|&header| gates[header]);
            ways[block] = Some(way);
        }
        let mut paths = Self {
            flow: plain,
            gates,
            ways,
        };
        let mut graph = nodes(count);
        for block in 0..count {
            for next in function.after(block) {
                graph.add_edge(
                    Place::Block(block).node(count),
                    paths.way_in(next).node(count),
                    (),
                );
            }
            if paths.gates[block] {
                graph.add_edge(
                    Place::Gate(block).node(count),
                    Place::Block(block).node(count),
                    (),
                );
            }
            for (from, to) in paths.steps(block) {
                graph.add_edge(from.node(count), to.node(count), ());
            }
        }
        paths.flow = Flow::of(graph, Place::Entry.node(count))?;
        Some(paths)
    }

    /// Where a block is gone to.
    pub(super) fn way_in(&self, block: usize) -> Place {
        match self.has_gate(block) {
            true => Place::Gate(block),
            false => Place::Block(block),
        }
    }

    pub(super) fn has_gate(&self, block: usize) -> bool {
        self.gates.get(block) == Some(&true)
    }

    /// The steps on the way from the entry to a block in which the function is entered again.
    fn steps(&self, block: usize) -> Vec<(Place, Place)> {
        let Some(Some(way)) = self.ways.get(block) else {
            return Vec::new();
        };
        let mut from = Place::Entry;
        let mut steps = Vec::new();
        for &header in way {
            steps.push((from, Place::Gate(header)));
            from = Place::Gate(header);
        }
        steps.push((from, Place::Block(block)));
        steps
    }

    /// The next step from a place to a block in which the function is entered again.
    pub(super) fn step(&self, from: Place, block: usize) -> Option<Place> {
        let count = self.gates.len();
        let mut steps = self.steps(block).into_iter();
        let step = steps.find(|(place, _)| place.node(count) == from.node(count));
        step.map(|(_, to)| to)
    }

    pub(super) fn has_gates(&self) -> bool {
        self.gates.contains(&true)
    }
}

fn nodes(count: usize) -> DiGraph<(), ()> {
    let mut graph = DiGraph::new();
    for _ in 0..=2 * count {
        graph.add_node(());
    }
    graph
}

impl Place {
    /// The node of a place in the graph of a function with so many blocks.
    pub(super) fn node(self, blocks: usize) -> Node {
        Node::new(match self {
            Self::Entry => 0,
            Self::Block(block) => 1 + block,
            Self::Gate(block) => 1 + blocks + block,
        })
    }

    pub(super) fn of(node: Node, blocks: usize) -> Self {
        match node.index() {
            0 => Self::Entry,
            index if index <= blocks => Self::Block(index - 1),
            index => Self::Gate(index - 1 - blocks),
        }
    }
}
