//! Writes blocks as structured control flow.
//!
//! By Norman Ramsey, "Beyond Relooper: recursive translation of unstructured control flow to structured control flow",
//! ICFP 2022: a block is written where the block is that comes before it in all cases; if several lead to it, those are
//! in a block of WebAssembly that ends before it.

use wasm_encoder::{BlockType, Encode, InstructionSink, ValType};

use super::blocks::{Function, Kind, PARAMETER, STACK};
use super::flow::Node;
use super::paths::{Paths, Place};

/// How deep blocks are written in each other that follow one another. What goes deeper stays as it is.
const DEEPEST: u32 = 500;

/// What goes into the section of code.
pub(super) fn written(function: &Function<'_>, paths: &Paths) -> Option<Vec<u8>> {
    let count = function.blocks.len();
    let mut code = Vec::new();
    let gates = paths.has_gates();
    (function.declarations + u32::from(gates)).encode(&mut code);
    code.extend(function.declared());
    if gates {
        1u32.encode(&mut code);
        ValType::I32.encode(&mut code);
    }
    let mut writer = Writer {
        function,
        paths,
        dominated: paths.flow.dominated(),
        is_arm: vec![false; 2 * count + 1],
        code,
        frames: Vec::new(),
        depth: 0,
    };
    writer.find_arms();
    writer.emit().global_get(0).local_set(STACK);
    if function.unwinds {
        writer.emit().block(BlockType::Empty);
        writer.frames.push(Frame::Other);
    }
    writer.tree(Place::Entry)?;
    writer.emit().unreachable();
    if function.unwinds {
        writer.emit().end().i32_const(1);
    }
    writer.emit().end();
    Some(writer.code)
}

/// A block of WebAssembly around what is being written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// A loop that begins at a node.
    Loop(Node),
    /// A block that a node follows.
    Before(Node),
    Other,
}

struct Writer<'a> {
    function: &'a Function<'a>,
    paths: &'a Paths,
    dominated: Vec<Vec<Node>>,
    /// What an entry or a gate chooses from.
    is_arm: Vec<bool>,
    code: Vec<u8>,
    frames: Vec<Frame>,
    depth: u32,
}

impl Writer<'_> {
    fn emit(&mut self) -> InstructionSink<'_> {
        InstructionSink::new(&mut self.code)
    }

    fn node(&self, place: Place) -> Node {
        place.node(self.function.blocks.len())
    }

    /// The local that has what the parameter had, until the function is where it is entered again; then it is zero.
    fn entered(&self) -> u32 {
        self.function.locals
    }

    /// Where each value of the parameter leads from a place; the last is for all that are larger.
    fn arms(&self, from: Place) -> Vec<Option<Place>> {
        let table = self.function.table.iter();
        table.map(|&block| self.paths.step(from, block)).collect()
    }

    fn find_arms(&mut self) {
        let blocks = 0..self.function.blocks.len();
        let gates = blocks.filter(|&block| self.paths.has_gate(block));
        let mut found = Vec::new();
        for block in gates {
            found.push(Place::Block(block));
            found.extend(self.arms(Place::Gate(block)).into_iter().flatten());
        }
        let arms = self.arms(Place::Entry);
        if self.chooses(&arms) {
            found.extend(arms.into_iter().flatten());
        }
        for place in found {
            let node = self.node(place).index();
            if let Some(is_arm) = self.is_arm.get_mut(node) {
                *is_arm = true;
            }
        }
    }

    /// Whether an entry has anything to choose from but the first block.
    fn chooses(&self, arms: &[Option<Place>]) -> bool {
        let first = self.node(self.paths.way_in(0));
        arms.iter().flatten().any(|&to| self.node(to) != first)
    }

    /// Writes a node and all that it comes before.
    fn tree(&mut self, place: Place) -> Option<()> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let node = self.node(place);
        let outside = self.frames.len();
        if self.paths.flow.is_loop(node) {
            self.emit().loop_(BlockType::Empty);
            self.frames.push(Frame::Loop(node));
        }
        let mut following = self.dominated.get(node.index())?.clone();
        following.retain(|&node| self.is_followed(node));
        for &node in &following {
            self.emit().block(BlockType::Empty);
            self.frames.push(Frame::Before(node));
        }
        self.content(place)?;
        for node in following.into_iter().rev() {
            self.emit().end();
            self.frames.pop();
            self.tree(Place::of(node, self.function.blocks.len()))?;
        }
        if self.frames.len() > outside {
            self.emit().end();
            self.frames.pop();
        }
        self.depth -= 1;
        Some(())
    }

    /// Whether a node follows a block of WebAssembly, so that many can go there.
    fn is_followed(&self, node: Node) -> bool {
        self.is_arm.get(node.index()) == Some(&true) || self.paths.flow.is_joined(node)
    }

    fn content(&mut self, place: Place) -> Option<()> {
        match place {
            Place::Entry => self.entry(),
            Place::Gate(block) => self.gate(block),
            Place::Block(block) => self.block(block),
        }
    }

    fn entry(&mut self) -> Option<()> {
        let first = self.paths.way_in(0);
        let arms = self.arms(Place::Entry);
        if self.paths.has_gates() {
            let entered = self.entered();
            self.emit().local_get(PARAMETER).local_set(entered);
        }
        if !self.chooses(&arms) {
            return self.go(Place::Entry, first);
        }
        self.choose(PARAMETER, first, &arms)
    }

    fn gate(&mut self, block: usize) -> Option<()> {
        let place = Place::Gate(block);
        let arms = self.arms(place);
        self.choose(self.entered(), Place::Block(block), &arms)
    }

    /// Goes to `first` if a local is zero, else where the arms lead.
    fn choose(&mut self, local: u32, first: Place, arms: &[Option<Place>]) -> Option<()> {
        let straight = self.forward(first)?;
        self.emit().local_get(local).i32_eqz().br_if(straight);
        self.emit().block(BlockType::Empty);
        self.frames.push(Frame::Other);
        let mut labels = Vec::with_capacity(arms.len());
        for arm in arms {
            labels.push(match arm {
                Some(place) => self.forward(*place)?,
                None => 0,
            });
        }
        let larger = labels.pop()?;
        let first = labels.iter().position(|&label| label != larger);
        let last = labels.iter().rposition(|&label| label != larger);
        let labels = labels.drain(first.unwrap_or(0)..last.map_or(0, |last| last + 1));
        let first = i32::try_from(first.unwrap_or(0)).ok()?;
        self.emit().local_get(local).i32_const(first).i32_sub();
        self.emit().br_table(labels, larger);
        self.emit().end().unreachable();
        self.frames.pop();
        Some(())
    }

    fn block(&mut self, index: usize) -> Option<()> {
        let from = Place::Block(index);
        let block = self.function.blocks.get(index)?;
        if block.resumes && self.paths.has_gates() {
            let entered = self.entered();
            self.emit().i32_const(0).local_set(entered);
        }
        for piece in &block.pieces {
            let outside = self.frames.len();
            let within = outside + piece.depth as usize;
            self.frames.resize(within, Frame::Other);
            match &piece.kind {
                Kind::Code(range) => self.code.extend(self.function.code(range)),
                Kind::Jump(to) => self.go(from, self.paths.way_in(*to))?,
                Kind::Unwind => {
                    let outermost = u32::try_from(within - 1).ok()?;
                    self.emit().br_if(outermost);
                }
            }
            self.frames.truncate(outside);
        }
        let next = index + 1;
        if block.falls && next < self.function.blocks.len() {
            self.go(from, self.paths.way_in(next))?;
        } else {
            self.emit().unreachable();
        }
        Some(())
    }

    /// Goes from one place to another, or writes it here if nothing else leads there.
    fn go(&mut self, from: Place, to: Place) -> Option<()> {
        let node = self.node(to);
        if self.paths.flow.is_back(self.node(from), node) {
            let label = self.label(Frame::Loop(node))?;
            self.emit().br(label);
        } else if self.is_followed(node) {
            let label = self.forward(to)?;
            self.emit().br(label);
        } else {
            self.tree(to)?;
            self.emit().unreachable();
        }
        Some(())
    }

    fn forward(&self, to: Place) -> Option<u32> {
        self.label(Frame::Before(self.node(to)))
    }

    /// How many blocks of WebAssembly end with this one.
    fn label(&self, frame: Frame) -> Option<u32> {
        let mut frames = self.frames.iter().rev();
        let label = frames.position(|&around| around == frame)?;
        u32::try_from(label).ok()
    }
}
