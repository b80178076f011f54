import Foundation
import GSLNumerics
import Testing

struct GaussHermiteRuleTests {
  /// The integral of exp(-x^2) x^(2 k) is Gamma(k + 1/2); odd powers give 0.
  @Test(arguments: [1, 2, 3, 7, 12, 25]) func isExactForPolynomials(points: Int) throws {
    let rule = try GaussHermiteRule(points: points)
    for degree in 0..<(2 * points) {
      let terms = zip(rule.nodes, rule.weights).map { $1 * pow($0, Double(degree)) }
      let integral = terms.reduce(0, +)
      if degree.isMultiple(of: 2) {
        let exact = exp(GammaFunction.logGamma(Double(degree / 2) + 0.5))
        // Nodes are good to 10^-14 and enter with the power of the degree, at most 49.
        #expect(abs(integral / exact - 1) < 1e-12, "degree \(degree)")
      } else {
        #expect(abs(integral) <= 1e-15 * terms.reduce(0) { $0 + abs($1) }, "degree \(degree)")
      }
    }
  }

  /// `numpy.polynomial.hermite.hermgauss`, numpy 2.4.6, the nodes from zero up. Tolerances as
  /// documented.
  @Test func agreesWithNumpy() throws {
    let ten = try GaussHermiteRule(points: 10)
    let nodes = [
      0.3429013272237046, 1.0366108297895136, 1.7566836492998816, 2.5327316742327897,
      3.4361591188377374,
    ]
    let weights = [
      0.6108626337353258, 0.2401386110823147, 0.033874394455481106, 0.0013436457467812324,
      7.640432855232641e-06,
    ]
    for index in 0..<5 {
      #expect(abs(ten.nodes[5 + index] - nodes[index]) < 5e-15)
      #expect(ten.nodes[4 - index] == -ten.nodes[5 + index])
      #expect(abs(ten.weights[5 + index] / weights[index] - 1) < 3e-14)
      #expect(ten.weights[4 - index] == ten.weights[5 + index])
    }
    let twentyFive = try GaussHermiteRule(points: 25)
    #expect(twentyFive.nodes[12] == 0)
    #expect(abs(twentyFive.nodes[24] - 6.164272434052452) < 5e-15)
    #expect(abs(twentyFive.weights[12] / 0.43986872216948497 - 1) < 3e-14)
    #expect(abs(twentyFive.weights[24] / 2.7119235140383954e-17 - 1) < 5e-14)
  }

  @Test func theLargestRuleStillHasAllItsWeights() throws {
    let rule = try GaussHermiteRule(points: GaussHermiteRule.maximumPoints)
    #expect(rule.weights.allSatisfy { $0.isNormal })
    #expect(abs(rule.weights.reduce(0, +) - Double.pi.squareRoot()) < 1e-13)
    #expect(zip(rule.nodes, rule.nodes.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test(arguments: [0, -3, 371, Int.max]) func otherNumbersOfPointsAreErrors(points: Int) {
    #expect(throws: GSLError.self) { try GaussHermiteRule(points: points) }
  }
}
