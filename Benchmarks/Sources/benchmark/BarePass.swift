import CBenchmark
import Foundation
import SimulationStudy

/// The unit that fits are measured in: one pass over counts and fixed-effect columns that computes
/// exp(x'b), the gradient and the p (p + 1) / 2 weighted products of a Poisson regression without
/// random effects.
struct BarePass {
  /// How a pass is written.
  enum Kind: String, Codable {
    /// A plain loop over the rows that calls the C library's exp.
    case plain
    /// By vectors and an exp of its own, with the instructions that the library is compiled for:
    /// those that every processor of the architecture has.
    case baseline
    case avx2 = "AVX2"
    case avx512 = "AVX-512"

    /// Those that fits are measured in: the fastest of this processor is the last.
    static var measured: [Kind] {
      switch bare_pass_best() {
      case bare_pass_avx512: [.plain, .baseline, .avx512]
      case bare_pass_avx2: [.plain, .baseline, .avx2]
      default: [.plain, .baseline]
      }
    }

    fileprivate var code: bare_pass_instructions {
      switch self {
      case .plain: bare_pass_plain
      case .baseline: bare_pass_baseline
      case .avx2: bare_pass_avx2
      case .avx512: bare_pass_avx512
      }
    }
  }

  private let counts: [Double]
  /// n x p, column-major.
  private let design: [Double]
  /// p, any of a size that is usual.
  private let coefficients: [Double]
  private var gradient: [Double]
  private var products: [Double]

  init(_ data: ClusteredCounts) {
    counts = data.counts
    let columns = data.columns(data.fixedNames)
    design = columns.flatMap(\.values)
    coefficients = columns.indices.map { $0 == 0 ? 0.5 : 0.05 }
    gradient = Array(repeating: 0, count: columns.count)
    products = Array(repeating: 0, count: columns.count * (columns.count + 1) / 2)
  }

  /// Passes once over the data.
  mutating func run(_ kind: Kind) {
    bare_pass(
      kind.code, counts.count, coefficients.count, design, counts, coefficients, &gradient,
      &products)
  }

  /// Throws unless the sums are those of the plain formulas, as they are up to the order of
  /// summation: some 1e-13 of a sum of sizes.
  mutating func check(_ kind: Kind) throws {
    run(kind)
    let (rows, columns) = (counts.count, coefficients.count)
    var expected = [Double](repeating: 0, count: gradient.count + products.count)
    var sizes = expected
    var x = [Double](repeating: 0, count: columns)
    for row in 0..<rows {
      var predictor = 0.0
      for c in 0..<columns {
        x[c] = design[c * rows + row]
        predictor += coefficients[c] * x[c]
      }
      let rate = exp(predictor)
      var k = columns
      for c in 0..<columns {
        let slope = (counts[row] - rate) * x[c]
        expected[c] += slope
        sizes[c] += abs(slope)
        let weighted = rate * x[c]
        for d in 0...c {
          expected[k] += weighted * x[d]
          sizes[k] += abs(weighted * x[d])
          k += 1
        }
      }
    }
    let computed = gradient + products
    for k in expected.indices where !(abs(computed[k] - expected[k]) <= 1e-11 * sizes[k]) {
      throw BenchmarkFailure("The bare pass (\(kind.rawValue)) computes wrong sums.")
    }
  }
}
