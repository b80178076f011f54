import CBenchmark
import Foundation
import SimulationStudy

/// The unit that fits are measured in: one pass over counts and fixed-effect columns that computes exp(x'b), the gradient
/// and the p (p + 1) / 2 weighted products of a Poisson regression without random effects.
struct BarePass {
  enum Instructions: String, Codable {
    /// Those that the library is compiled for, which every processor of the architecture has.
    case baseline
    case avx2 = "AVX2"
    case avx512 = "AVX-512"

    /// The best that this processor has.
    static var best: Instructions {
      switch bare_pass_best() {
      case bare_pass_avx512: .avx512
      case bare_pass_avx2: .avx2
      default: .baseline
      }
    }

    fileprivate var code: bare_pass_instructions {
      switch self {
      case .baseline: bare_pass_baseline
      case .avx2: bare_pass_avx2
      case .avx512: bare_pass_avx512
      }
    }
  }

  private let counts: [Double]
  /// n x p, column-major.
  private let design: [Double]
  /// Such that the mean count is right on average and no column is without work.
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
  mutating func run(_ instructions: Instructions) {
    bare_pass(
      instructions.code, counts.count, coefficients.count, design, counts, coefficients, &gradient,
      &products)
  }

  /// Throws unless the sums are those of the plain formulas, as they are up to the order of summation: some 1e-13
  /// of a sum of sizes.
  mutating func check(_ instructions: Instructions) throws {
    run(instructions)
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
      throw BenchmarkFailure("The bare pass (\(instructions.rawValue)) computes wrong sums.")
    }
  }
}
