//! What Go's compiler writes, read into blocks.

use std::collections::HashSet;
use std::ops::Range;

use wasmparser::{BlockType, FunctionBody, Operator};

/// The parameter: where the function begins.
pub(super) const PARAMETER: u32 = 0;
/// The local that has the stack pointer, which a global has for all functions.
pub(super) const STACK: u32 = 1;

/// A function that can be entered in many places.
pub(super) struct Function<'a> {
    bytes: &'a [u8],
    /// How many declarations of locals there are, and where.
    pub(super) declarations: u32,
    declared: Range<usize>,
    /// How many locals there are, with the parameter.
    pub(super) locals: u32,
    pub(super) blocks: Vec<Block>,
    /// The block that each value of the parameter means. Larger ones mean the last.
    pub(super) table: Vec<usize>,
    /// Whether it returns one, when what it calls does.
    pub(super) unwinds: bool,
}

/// What runs from its beginning unless it leaves.
#[derive(Default)]
pub(super) struct Block {
    pub(super) pieces: Vec<Piece>,
    /// Whether the next block follows it.
    pub(super) falls: bool,
    /// Whether the stack can be unwound in it and the function be entered here.
    pub(super) resumes: bool,
}

/// A part of a block, in so many blocks of WebAssembly that are in it.
pub(super) struct Piece {
    pub(super) depth: u32,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    /// These bytes, as they are.
    Code(Range<usize>),
    /// On to a block.
    Jump(usize),
    /// Returns one if the condition holds.
    Unwind,
}

/// An operator and where it begins.
struct Op<'a> {
    operator: Operator<'a>,
    at: usize,
}

impl<'a> Function<'a> {
    /// None if it is of another shape.
    pub(super) fn read(body: &FunctionBody<'a>, endless: &HashSet<u32>) -> Option<Self> {
        let bytes = body.as_bytes();
        let begin = body.range().start;
        let mut declared = body.get_locals_reader().ok()?;
        let declarations = declared.get_count();
        let first = declared.original_position() - begin;
        let mut locals = 1;
        for _ in 0..declarations {
            locals += declared.read().ok()?.0;
        }
        let declared = first..declared.original_position() - begin;
        let mut ops = Vec::new();
        for op in body.get_operators_reader().ok()?.into_iter_with_offsets() {
            let (operator, at) = op.ok()?;
            ops.push(Op {
                operator,
                at: at - begin,
            });
        }
        let shape = Shape::of(&ops)?;
        let blocks = shape.blocks(endless)?;
        Some(Self {
            bytes,
            declarations,
            declared,
            locals,
            blocks,
            table: shape.table,
            unwinds: shape.unwinds,
        })
    }

    pub(super) fn declared(&self) -> &'a [u8] {
        self.code(&self.declared)
    }

    pub(super) fn code(&self, range: &Range<usize>) -> &'a [u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }

    /// Where a block goes from here.
    pub(super) fn after(&self, block: usize) -> impl Iterator<Item = usize> {
        let of = self.blocks.get(block);
        let pieces = of.into_iter().flat_map(|block| &block.pieces);
        let jumps = pieces.filter_map(|piece| match piece.kind {
            Kind::Jump(block) => Some(block),
            Kind::Code(_) | Kind::Unwind => None,
        });
        let next = block + 1;
        let falls = of.is_some_and(|block| block.falls) && next < self.blocks.len();
        jumps.chain(falls.then_some(next))
    }
}

/// What is around the blocks of a function.
struct Shape<'o, 'a> {
    table: Vec<usize>,
    /// Whether blocks jump, and so are in a loop.
    loops: bool,
    unwinds: bool,
    /// What follows the jump to the first block.
    rest: &'o [Op<'a>],
}

impl<'o, 'a> Shape<'o, 'a> {
    fn of(ops: &'o [Op<'a>]) -> Option<Self> {
        let [stack, local, ops @ ..] = ops else {
            return None;
        };
        let (Operator::GlobalGet { global_index: 0 }, Operator::LocalSet { local_index: STACK }) =
            (&stack.operator, &local.operator)
        else {
            return None;
        };
        let (around, ops) = ops.split_at(leading_blocks(ops));
        let (loops, around, inside, ops) = match ops {
            [first, ops @ ..] if is_empty_loop(&first.operator) => {
                let (inside, ops) = ops.split_at(leading_blocks(ops));
                (true, around.len(), Some(inside.len()), ops)
            }
            ops => (false, around.len(), None, ops),
        };
        let [parameter, jump, end, rest @ ..] = ops else {
            return None;
        };
        let (
            Operator::LocalGet {
                local_index: PARAMETER,
            },
            Operator::BrTable { targets },
            Operator::End,
        ) = (&parameter.operator, &jump.operator, &end.operator)
        else {
            return None;
        };
        let last = targets.default();
        let mut table = Vec::new();
        for target in targets.targets() {
            table.push(target.ok()? as usize);
        }
        table.push(last as usize);
        let count = last as usize + 1;
        let outer = match inside {
            Some(inside) if inside == count => around,
            Some(_) => return None,
            None => around.checked_sub(count)?,
        };
        let is_known = outer < 2 && table.iter().all(|&block| block < count);
        is_known.then_some(Self {
            table,
            loops,
            unwinds: outer == 1,
            rest,
        })
    }

    fn blocks(&self, endless: &HashSet<u32>) -> Option<Vec<Block>> {
        let count = self.table.last()? + 1;
        let mut blocks = Vec::with_capacity(count);
        let mut reader = Reader::new(self.rest, endless);
        while blocks.len() < count {
            // How many of the blocks around it have not ended.
            let open = u32::try_from(count - 1 - blocks.len()).ok()?;
            blocks.push(reader.block(self, open)?);
        }
        for &index in &reader.resumed {
            if let Some(block) = blocks.get_mut(index) {
                block.resumes = true;
            }
        }
        let returns = !blocks.last()?.falls;
        (self.is_end(reader.left()) && (self.loops || returns)).then_some(blocks)
    }

    /// Whether this is what Go writes after the last block.
    fn is_end(&self, ops: &[Op<'a>]) -> bool {
        let mut expected = Vec::new();
        if self.loops {
            expected.push(Operator::Unreachable);
        }
        if self.loops && self.unwinds {
            expected.push(Operator::End);
        }
        if self.unwinds {
            expected.push(Operator::I32Const { value: 1 });
        }
        if self.loops || self.unwinds {
            expected.push(Operator::End);
        }
        ops.iter().map(|op| &op.operator).eq(&expected)
    }
}

/// Goes through the blocks.
struct Reader<'o, 'a> {
    ops: &'o [Op<'a>],
    endless: &'o HashSet<u32>,
    next: usize,
    blocks: usize,
    /// The blocks in which a function can be entered again.
    resumed: Vec<usize>,
}

impl<'o, 'a> Reader<'o, 'a> {
    fn new(ops: &'o [Op<'a>], endless: &'o HashSet<u32>) -> Self {
        Self {
            ops,
            endless,
            next: 0,
            blocks: 0,
            // By a new call, and when the stack was too small for one.
            resumed: vec![0],
        }
    }

    fn left(&self) -> &'o [Op<'a>] {
        self.ops.get(self.next..).unwrap_or_default()
    }

    /// Reads the next block, to its end. So many are `open` around what follows it, besides the loop.
    fn block(&mut self, shape: &Shape<'o, 'a>, open: u32) -> Option<Block> {
        let ops = self.left();
        let mut block = Block::default();
        let mut depth = 0;
        let mut begin = ops.first()?.at;
        for (index, op) in ops.iter().enumerate() {
            let to_loop = depth + open;
            let to_unwind = to_loop + u32::from(shape.loops);
            let mut piece = |end: usize, kind| {
                let code = Kind::Code(begin..end);
                begin = ops.get(index + 1).map_or(end, |next| next.at);
                let pieces = [code, kind].map(|kind| Piece { depth, kind });
                block.pieces.extend(pieces);
            };
            match &op.operator {
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => depth += 1,
                Operator::End if depth > 0 => depth -= 1,
                Operator::End => {
                    let kind = Kind::Code(begin..op.at);
                    block.pieces.push(Piece { depth, kind });
                    let before = ops.get(..index)?;
                    block.falls = !before.last().is_some_and(|op| leaves(&op.operator))
                        && self.resume(before, to_unwind);
                    self.blocks += 1;
                    self.next += index + 1;
                    return Some(block);
                }
                Operator::Br { relative_depth } if shape.loops && *relative_depth == to_loop => {
                    let [.., number, parameter] = ops.get(..index)? else {
                        return None;
                    };
                    let (
                        Operator::I32Const { value },
                        Operator::LocalSet {
                            local_index: PARAMETER,
                        },
                    ) = (&number.operator, &parameter.operator)
                    else {
                        return None;
                    };
                    let to = usize::try_from(*value).ok()?;
                    let to = shape.table.get(to).or(shape.table.last())?;
                    piece(number.at, Kind::Jump(*to));
                }
                Operator::BrIf { relative_depth }
                    if shape.unwinds && *relative_depth == to_unwind =>
                {
                    piece(op.at, Kind::Unwind);
                }
                Operator::Br { relative_depth } | Operator::BrIf { relative_depth }
                    if *relative_depth < depth => {}
                Operator::Br { .. }
                | Operator::BrIf { .. }
                | Operator::BrTable { .. }
                | Operator::TryTable { .. }
                | Operator::Try { .. }
                | Operator::BrOnNull { .. }
                | Operator::BrOnNonNull { .. } => return None,
                _ => {}
            }
        }
        None
    }

    /// Notes where a function is entered again whose block ends like this: in the next block, after a call; and in this
    /// one to run what was deferred, by a direct call that stands in it. Tells whether the next block can follow.
    fn resume(&mut self, ops: &[Op<'a>], to_unwind: u32) -> bool {
        let [ops @ .., unwind] = ops else { return true };
        if !matches!(unwind.operator, Operator::BrIf { relative_depth } if relative_depth == to_unwind)
        {
            return true;
        }
        // Behind the call the stack pointer is read anew.
        let called = match ops {
            [.., call, _, _] => Some(&call.operator),
            _ => None,
        };
        if let Some(Operator::Call { function_index }) = called
            && self.endless.contains(function_index)
        {
            return false;
        }
        self.resumed.push(self.blocks + 1);
        if !matches!(called, Some(Operator::CallIndirect { .. })) {
            self.resumed.push(self.blocks);
        }
        true
    }
}

fn leading_blocks(ops: &[Op<'_>]) -> usize {
    let is_block = |op: &&Op<'_>| {
        matches!(
            op.operator,
            Operator::Block {
                blockty: BlockType::Empty
            }
        )
    };
    ops.iter().take_while(is_block).count()
}

fn is_empty_loop(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::Loop {
            blockty: BlockType::Empty
        }
    )
}

/// Whether nothing follows.
fn leaves(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::Br { .. } | Operator::Return | Operator::Unreachable
    )
}
