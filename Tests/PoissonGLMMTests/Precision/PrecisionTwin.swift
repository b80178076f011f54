@testable import PoissonGLMM

/// Random numbers from their seed alone.
struct TestNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: Int) { state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 &+ 1 }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func uniform(_ low: Double, _ high: Double) -> Double {
    Double.random(in: low...high, using: &self)
  }

  mutating func integer(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

  mutating func uniforms(_ count: Int) -> [Double] { (0..<count).map { _ in uniform(-1, 1) } }
}

/// How the levels of a design's factors are drawn.
enum DesignKind: CaseIterable {
  case oneFactor, nested, crossed, nestedAndCrossed, observationLevel, threeCrossed, chain, many,
    band
}

/// A random design, and its precision matrix written out without any structure.
struct PrecisionTwin {
  var factors: [EffectFactor] = []
  var fixed: [[Double]] = []
  let rowCount: Int
  let weights: [Double]
  var priors: [Matrix] = []
  let fixedPrecision = 0.25
  let layout: EffectLayout
  /// A in layout order of rows and effects.
  let design: Matrix
  /// P without what a test takes off it.
  var precision: Matrix

  init(_ kind: DesignKind, seed: Int) throws {
    var numbers = TestNumbers(seed)
    let n = numbers.integer(1...(seed % 4 == 0 ? 200 : 60))
    rowCount = n
    weights = (0..<n).map { _ in numbers.uniform(0.05, 4) }
    let assignments = Self.levels(kind, n, &numbers)
    for (levelOfRow, levels) in assignments {
      // Designs of one term each go other ways.
      let terms = seed % 3 == 0 ? 1 : numbers.integer(1...3)
      let columns = (0..<terms).map {
        $0 == 0 && seed % 2 == 0 ? Array(repeating: 1, count: n) : numbers.uniforms(n)
      }
      factors.append(EffectFactor(levelOfRow: levelOfRow, levels: levels, terms: columns))
      let root = Matrix(
        rows: terms, columns: terms, elements: numbers.uniforms(terms * terms))
      var prior = root * root.transposed
      for i in 0..<terms { prior[i, i] += numbers.uniform(0.3, 3) }
      priors.append(prior)
    }
    let fixedCount = numbers.integer(0...4)
    for c in 0..<fixedCount {
      fixed.append(c == 0 ? Array(repeating: 1, count: n) : numbers.uniforms(n))
    }
    layout = try EffectLayout(factors: factors, fixed: fixed, rowCount: n)
    var design = Matrix(rows: n, columns: layout.effectCount)
    var precision = Matrix(order: layout.effectCount)
    for (index, factor) in factors.enumerated() {
      let q = factor.terms.count
      for (sorted, row) in layout.rowOrder.enumerated() {
        let first = layout.start(ofFactor: index) + factor.levelOfRow[row] * q
        for k in 0..<q { design[sorted, first + k] = factor.terms[k][row] }
      }
      for level in 0..<factor.levels {
        let first = layout.start(ofFactor: index) + level * q
        for i in 0..<q {
          for j in 0..<q { precision[first + i, first + j] = priors[index][i, j] }
        }
      }
    }
    for (c, values) in fixed.enumerated() {
      for (sorted, row) in layout.rowOrder.enumerated() {
        design[sorted, layout.fixedStart + c] = values[row]
      }
      precision[layout.fixedStart + c, layout.fixedStart + c] = fixedPrecision
    }
    var weighted = design
    for (sorted, row) in layout.rowOrder.enumerated() {
      for c in 0..<layout.effectCount { weighted[sorted, c] *= weights[row] }
    }
    let product = design.transposed * weighted
    for i in precision.elements.indices { precision.elements[i] += product.elements[i] }
    self.design = design
    self.precision = precision
  }

  /// The weights in the layout's order of rows.
  var sortedWeights: DoubleStorage { DoubleStorage(layout.rowOrder.map { weights[$0] }) }

  func assembled() -> PrecisionFactor {
    let factor = PrecisionFactor(layout)
    let weights = sortedWeights
    factor.assemble(weights: weights, priors: priors, fixedPrecision: fixedPrecision)
    return factor
  }

  /// P^-1 and log|P| by the plain Cholesky factor.
  var inverse: (inverse: Matrix, logDeterminant: Double) {
    plainInverse(precision)
  }

  /// The levels of each factor, and their number, which includes some without rows.
  private static func levels(
    _ kind: DesignKind, _ n: Int, _ numbers: inout TestNumbers
  ) -> [([Int], Int)] {
    func any(_ levels: Int) -> ([Int], Int) {
      ((0..<n).map { _ in numbers.integer(0...(levels - 1)) }, levels)
    }
    func shuffled() -> ([Int], Int) { (Array(0..<n).shuffled(using: &numbers), n) }
    func container(of inner: ([Int], Int), _ levels: Int) -> ([Int], Int) {
      let outer = (0..<inner.1).map { _ in numbers.integer(0...(levels - 1)) }
      return (inner.0.map { outer[$0] }, levels)
    }
    let (few, more) = (numbers.integer(1...8), numbers.integer(1...20))
    switch kind {
    case .oneFactor: return [any(more)]
    case .nested:
      let inner = any(more)
      return [container(of: inner, few), inner]
    case .crossed: return [any(few), any(more)]
    case .nestedAndCrossed:
      let inner = any(more)
      return [any(few), container(of: inner, few), inner]
    case .observationLevel: return [any(few), shuffled()]
    case .threeCrossed: return [any(more), any(few), any(numbers.integer(1...12))]
    case .chain:
      let finest = shuffled()
      let inner = container(of: finest, more)
      let middle = container(of: inner, few)
      // More levels than its container has, and than what is nested in it.
      return [middle, inner, (container(of: middle, 3).0, 40), finest]
    case .many:
      // Few rows a level: the second factor may be sparse with fill.
      return [any(30), any(29), shuffled(), any(2)]
    case .band:
      // The second factor is sparse, and elimination of the first couples its neighbours.
      let second = (0..<n).map { $0 / 2 + $0 % 2 }
      let count = n / 2 + 2
      return [
        (second, count), (second.map { $0 / 7 }, count / 7 + 1), ((0..<n).map { $0 / 2 }, count),
      ]
    }
  }
}

/// The inverse and the log-determinant, without blocks.
func plainInverse(_ matrix: Matrix) -> (inverse: Matrix, logDeterminant: Double) {
  let n = matrix.order
  var (factor, result) = (matrix.elements, Matrix(order: n))
  var logDeterminant = 0.0
  factor.withUnsafeMutableBufferPointer { factor in
    result.elements.withUnsafeMutableBufferPointer { inverse in
      guard let f = factor.baseAddress, let i = inverse.baseAddress else { return }
      logDeterminant = SmallCholesky.factor(f, order: n)
      SmallCholesky.invert(f, order: n, into: i)
    }
  }
  return (result, logDeterminant)
}

/// The largest difference, relative to the largest number of `expected`.
func relativeError(_ actual: [Double], _ expected: [Double]) -> Double {
  guard actual.count == expected.count else { return .infinity }
  let scale = max(expected.map(\.magnitude).max() ?? 0, 1e-300)
  return zip(actual, expected).map { ($0 - $1).magnitude / scale }.max() ?? 0
}
