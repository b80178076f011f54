/// A rule for expectations over a family's parameters, independent normals N(m_a, r_a):
///
///     E h = h(m) + sum_a (average of h at m_a - sqrt(3 r_a), m_a + sqrt(3 r_a), and m - h(m))
///
/// with weights 1/6, 1/6 and 2/3: exact for functions of degree five in each parameter, without
/// products of three or more. Its first node is at m.
struct ParameterNode {
  let weight: Double
  let parameters: [Double]
  /// The parameter that is moved, and how far; nil at m.
  let moved: (parameter: Int, distance: Double)?

  static func rule(means: [Double], variances: [Double]) -> [ParameterNode] {
    let middle = ParameterNode(
      weight: 1 - Double(means.count) / 3, parameters: means, moved: nil)
    return [middle]
      + means.indices.flatMap { a in
        [-1.0, 1].map { side in
          var parameters = means
          let distance = side * (3 * variances[a]).squareRoot()
          parameters[a] += distance
          return ParameterNode(weight: 1.0 / 6, parameters: parameters, moved: (a, distance))
        }
      }
  }
}
