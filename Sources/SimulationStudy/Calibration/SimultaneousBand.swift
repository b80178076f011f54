/// The band that the empirical distribution function of n uniform numbers, less z, stays in with at
/// least the probability `level` at all points z_i = i / K together.
struct SimultaneousBand {
  let lower: [Double]
  let upper: [Double]

  init(count: Int, level: Double, points: Int = ECDFUniformityTest.defaultPoints) {
    let process = UniformProcess(count: count, points: points)
    let tail = process.tail(level: level)
    let ranges = process.tails.map { $0.range(beyond: tail) }
    func share(_ successes: Int, _ index: Int) -> Double {
      Double(successes) / Double(count) - Double(index + 1) / Double(process.points)
    }
    lower = ranges.enumerated().map { share($1.lowerBound, $0) }
    upper = ranges.enumerated().map { share($1.upperBound, $0) }
  }
}
