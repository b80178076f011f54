import Testing

@testable import PoissonGLMM

@Suite struct EffectLayoutTests {
  private func factor(_ levels: [Int], _ count: Int) -> EffectFactor {
    EffectFactor(
      levelOfRow: levels, levels: count, terms: [Array(repeating: 1, count: levels.count)])
  }

  @Test func eliminatesNestedFactorsFirst() throws {
    // The container has levels without rows, more than what is nested in it.
    let outer = factor([0, 0, 1, 1, 1, 0], 9)
    let inner = factor([0, 1, 2, 3, 3, 1], 4)
    let crossed = factor([0, 1, 2, 3, 4, 4], 5)
    #expect(EliminationOrder.isNested(inner, in: outer))
    #expect(!EliminationOrder.isNested(outer, in: inner))
    #expect(EliminationOrder.factors([outer, inner, crossed]) == [2, 1, 0])
    #expect(EliminationOrder.factors([outer, inner]) == [1, 0])
    // Nested in each other: the same factor twice.
    #expect(EliminationOrder.factors([inner, inner]) == [0, 1])
  }

  @Test func sortsRows() throws {
    let layout = try EffectLayout(
      factors: [factor([1, 0, 1, 0], 2), factor([2, 1, 0, 1], 3)], fixed: [], rowCount: 4)
    #expect(layout.eliminationOrder == [1, 0])
    #expect(layout.rowOrder == [2, 1, 3, 0])
    #expect(layout.cells.count == 3)
    #expect((0..<4).map(layout.cells.cell(ofRow:)) == [0, 1, 1, 2])
    #expect(layout.start(ofFactor: 1) == 0)
    #expect(layout.start(ofFactor: 0) == 3)
    #expect(layout.fixedStart == 5)
  }

  /// A tree fills nothing in: a class has its school below it, nothing else.
  @Test func treesHaveNoFill() throws {
    let classes = (0..<400).map { $0 / 2 }
    let schools = classes.map { $0 / 5 }
    let layout = try EffectLayout(
      factors: [factor(schools, 40), factor(classes, 200), factor(Array(0..<400), 400)],
      fixed: [Array(repeating: 1, count: 400)], rowCount: 400)
    #expect(layout.pattern.sparseFactorCount == 3)
    #expect(layout.pattern.denseOrder == 1)
    #expect(layout.pattern.rows.count == 400 * 3 + 200 * 2 + 40)
  }

  /// Every level of one meets every level of the other: the smaller factor is one dense block.
  @Test func completeCrossingsAreDense() throws {
    let first = (0..<600).map { $0 / 20 }
    let second = (0..<600).map { $0 % 20 }
    let layout = try EffectLayout(
      factors: [factor(second, 20), factor(first, 30)], fixed: [], rowCount: 600)
    #expect(layout.pattern.sparseFactorCount == 1)
    #expect(layout.pattern.denseOrder == 20)
  }

  /// A level of the first factor meets two neighbours of the second, and so couples them.
  @Test func fillsInNeighbours() throws {
    let first = (0..<200).map { $0 / 2 }
    let second = (0..<200).map { $0 / 2 + $0 % 2 }
    let layout = try EffectLayout(
      factors: [factor(first, 102), factor(second, 101)], fixed: [], rowCount: 200)
    #expect(layout.pattern.sparseFactorCount == 2)
    #expect(layout.pattern.denseOrder == 0)
    #expect(layout.pattern.rows.count == 200 + 100)
    for node in 102..<202 { #expect(layout.pattern.parents.pointer[node] == Int32(node + 1)) }
  }

  @Test func refusesTooLargeBlocks() throws {
    var numbers = TestNumbers(5)
    let n = 60_000
    let levels = (0..<2).map { _ in (0..<n).map { _ in numbers.integer(0...5999) } }
    #expect(throws: TrailingBlockTooLarge(order: 6000, limit: 5000)) {
      try EffectLayout(factors: levels.map { factor($0, 6000) }, fixed: [], rowCount: n)
    }
  }
}
