/// A Poisson mixed model with any number of grouping factors, as dense matrices.
///
///     y_i ~ Poisson(exp(o_i + a_i' theta)),  theta = (b, u_1, ..., u_K),  A = [X, Z_1, ..., Z_K]
///     b_c ~ N(0, fixedEffectSD^2),           u_kj ~ N(0, Sigma_k),  j = 1..G_k
///
/// n rows, p fixed columns, d = p + sum_k G_k q_k effects. Crossed, nested and one-effect-a-row
/// factors differ in their codes only.
struct DenseGeneralModel: Sendable {
  /// The effects of one factor: `q` terms for each of its levels.
  struct Block: Sendable {
    /// The level of each row, 0-based.
    let codes: [Int]
    let levels: Int
    /// q columns of n values each.
    let terms: [[Double]]
    /// Whether the terms of a level are correlated, as in `(1 + x | g)`; else `(1 + x || g)`.
    let isCorrelated: Bool

    init(codes: [Int], terms: [[Double]], isCorrelated: Bool = true) {
      self.codes = codes
      levels = (codes.max() ?? -1) + 1
      self.terms = terms
      self.isCorrelated = isCorrelated
    }

    /// q log SDs, and q (q - 1) / 2 correlations where there are any.
    var hyperparameterCount: Int {
      terms.count + (isCorrelated ? terms.count * (terms.count - 1) / 2 : 0)
    }
  }

  struct Priors: Sendable {
    var fixedEffectSD = 2.0
    var logSDSD = 1.0
    /// eta of R ~ LKJ(eta).
    var correlationShape = 2.0
  }

  let counts: [Double]
  let offset: [Double]
  /// The number of fixed columns, p.
  let fixedCount: Int
  let blocks: [Block]
  let priors: Priors
  /// A, n x d: after the fixed columns block by block, level by level, term by term.
  let design: DenseMatrix

  /// - Parameters:
  ///   - fixed: p columns of n values each.
  init(
    counts: [Double], offset: [Double]? = nil, fixed: [[Double]], blocks: [Block],
    priors: Priors = Priors()
  ) {
    self.counts = counts
    self.offset = offset ?? [Double](repeating: 0, count: counts.count)
    fixedCount = fixed.count
    self.blocks = blocks
    self.priors = priors
    let effects = blocks.reduce(0) { $0 + $1.levels * $1.terms.count }
    var design = DenseMatrix(rows: counts.count, columns: fixed.count + effects)
    for row in counts.indices {
      for (column, values) in fixed.enumerated() { design[row, column] = values[row] }
      var start = fixed.count
      for block in blocks {
        for (term, values) in block.terms.enumerated() {
          design[row, start + block.codes[row] * block.terms.count + term] = values[row]
        }
        start += block.levels * block.terms.count
      }
    }
    self.design = design
  }

  /// n.
  var rows: Int { counts.count }
  /// d.
  var effectCount: Int { design.columns }
  /// h, the length of phi.
  var hyperparameterCount: Int { blocks.reduce(0) { $0 + $1.hyperparameterCount } }

  /// Where in theta each level of a block has its terms.
  func levelRanges(ofBlock index: Int) -> [Range<Int>] {
    let start = blocks[..<index].reduce(fixedCount) { $0 + $1.levels * $1.terms.count }
    let terms = blocks[index].terms.count
    return (0..<blocks[index].levels).map { start + $0 * terms..<start + ($0 + 1) * terms }
  }

  /// Where in phi each block has its log SDs and correlations.
  var hyperparameterRanges: [Range<Int>] {
    var start = 0
    return blocks.map { block in
      defer { start += block.hyperparameterCount }
      return start..<start + block.hyperparameterCount
    }
  }

  /// The model of u alone, with b held: X b joins the offset. Its evidence is the marginal
  /// likelihood p(y | b, phi).
  func holdingFixedEffects(at b: [Double]) -> DenseGeneralModel {
    let held = design.columns(0..<fixedCount).times(b)
    return DenseGeneralModel(
      counts: counts, offset: zip(offset, held).map(+), fixed: [], blocks: blocks, priors: priors)
  }
}
