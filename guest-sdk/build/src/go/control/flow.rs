//! What follows what, and what comes before it in all cases.

use petgraph::Direction;
use petgraph::algo::dominators::{Dominators, simple_fast};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{DfsPostOrder, EdgeRef};

pub(super) type Node = NodeIndex<u32>;

/// A graph of what can be reached from a node, in which every loop has one entry.
pub(super) struct Flow {
    graph: DiGraph<(), ()>,
    /// The place of each node in reverse postorder.
    order: Vec<Option<usize>>,
    dominators: Dominators<Node>,
}

impl Flow {
    /// None if a loop has two entries.
    pub(super) fn of(graph: DiGraph<(), ()>, root: Node) -> Option<Self> {
        let mut order = vec![None; graph.node_count()];
        let mut visit = DfsPostOrder::new(&graph, root);
        let mut place = graph.node_count();
        while let Some(node) = visit.next(&graph) {
            place -= 1;
            *order.get_mut(node.index())? = Some(place);
        }
        let dominators = simple_fast(&graph, root);
        let flow = Self {
            graph,
            order,
            dominators,
        };
        let mut edges = flow.graph.edge_references();
        edges
            .all(|edge| {
                let (from, to) = (edge.source(), edge.target());
                !flow.is_back(from, to) || flow.dominates(to, from)
            })
            .then_some(flow)
    }

    fn place(&self, node: Node) -> Option<usize> {
        self.order.get(node.index()).copied().flatten()
    }

    /// Whether an edge leads back, to where a loop begins.
    pub(super) fn is_back(&self, from: Node, to: Node) -> bool {
        let (from, to) = (self.place(from), self.place(to));
        from.is_some() && to <= from
    }

    fn dominates(&self, node: Node, other: Node) -> bool {
        let mut dominators = self.dominators.dominators(other).into_iter().flatten();
        dominators.any(|one| one == node)
    }

    /// Where the edges that lead to a node come from, once for each edge.
    fn before(&self, node: Node) -> impl Iterator<Item = Node> {
        let edges = self.graph.edges_directed(node, Direction::Incoming);
        let from = edges.map(|edge| edge.source());
        from.filter(|&from| self.place(from).is_some())
    }

    pub(super) fn is_loop(&self, node: Node) -> bool {
        self.before(node).any(|from| self.is_back(from, node))
    }

    /// Whether more than one edge leads to a node, besides those that lead back.
    pub(super) fn is_joined(&self, node: Node) -> bool {
        let forward = self.before(node).filter(|&from| !self.is_back(from, node));
        forward.count() > 1
    }

    /// The nodes that a node is the last to come before in all cases, from the last to the first.
    pub(super) fn dominated(&self) -> Vec<Vec<Node>> {
        let mut dominated = vec![Vec::new(); self.order.len()];
        for node in self.nodes() {
            let before = self.dominators.immediate_dominator(node);
            if let Some(of) = before.and_then(|before| dominated.get_mut(before.index())) {
                of.push(node);
            }
        }
        for nodes in &mut dominated {
            nodes.reverse();
        }
        dominated
    }

    /// All that can be reached, in reverse postorder.
    fn nodes(&self) -> Vec<Node> {
        let mut nodes: Vec<_> = self.graph.node_indices().collect();
        nodes.retain(|&node| self.place(node).is_some());
        nodes.sort_by_key(|&node| self.place(node));
        nodes
    }

    /// Where the loops begin that each node is in, from the outermost.
    pub(super) fn loops(&self) -> Vec<Vec<Node>> {
        let mut loops = vec![Vec::new(); self.order.len()];
        for header in self.nodes() {
            let back = self.before(header);
            let mut found: Vec<_> = back.filter(|&from| self.is_back(from, header)).collect();
            if found.is_empty() {
                continue;
            }
            found.push(header);
            while let Some(node) = found.pop() {
                let Some(of) = loops.get_mut(node.index()) else {
                    continue;
                };
                if of.last() == Some(&header) {
                    continue;
                }
                of.push(header);
                if node != header {
                    found.extend(self.before(node));
                }
            }
        }
        loops
    }
}
