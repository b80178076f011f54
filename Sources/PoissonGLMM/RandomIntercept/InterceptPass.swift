import Foundation

/// One pass over the data of a random-intercept model: for given q(b) and w, the best q(u_j | b) of every group, and the sums
/// from which the bound and the next step follow.
///
/// Groups take part in a step to q(b) only through these, so that what is left to iterate on is as small as p.
struct InterceptPass {
  let source: InterceptData
  private let chunks: GroupChunks
  private let partialSums: DoubleStorage
  private let scratch: DoubleStorage
  private let scratchSize: Int

  init(_ source: InterceptData, chunks: GroupChunks) {
    self.source = source
    self.chunks = chunks
    partialSums = DoubleStorage(count: chunks.count * InterceptSums.count(source))
    scratchSize =
      InterceptTile.scratchSize(source) + GroupScratch.size(source.varyingColumns.count)
    scratch = DoubleStorage(count: chunks.threads * scratchSize)
  }

  /// Vectors over the groups of a tile.
  private struct GroupScratch {
    static let capacity = InterceptTile.rows + 8
    let rateSum: UnsafeMutablePointer<Double>
    let counts: UnsafeMutablePointer<Double>
    let mean: UnsafeMutablePointer<Double>
    let variance: UnsafeMutablePointer<Double>
    /// W_j' S W_j
    let loadingVariance: UnsafeMutablePointer<Double>
    let factor: UnsafeMutablePointer<Double>
    /// Slopes of one group, varying columns.
    let slopes: UnsafeMutablePointer<Double>

    static func size(_ varyingCount: Int) -> Int { 6 * capacity + varyingCount }

    init(_ scratch: UnsafeMutablePointer<Double>) {
      rateSum = scratch
      counts = rateSum + Self.capacity
      mean = counts + Self.capacity
      variance = mean + Self.capacity
      loadingVariance = variance + Self.capacity
      factor = loadingVariance + Self.capacity
      slopes = factor + Self.capacity
    }
  }

  /// Where a pass starts from.
  struct Start {
    let groups: InterceptGroups
    /// The share of the way from the loadings of `groups` to their successors.
    let fraction: Double
    /// What E b has moved by since, p.
    let meanShift: DoubleStorage
  }

  /// Fills `groups` with the optimum under `posterior`, and `sums`.
  func run(
    _ posterior: InterceptPosterior, from start: Start, into groups: InterceptGroups,
    sums: InterceptSums
  ) {
    let source = source
    let work = GroupWork(source: source, posterior: posterior, start: start, groups: groups)
    accumulate(into: sums) { base, range, sums in
      let tile = InterceptTile(source, scratch: base)
      tile.setForm(posterior.covariance.pointer)
      let vectors = GroupScratch(base + InterceptTile.scratchSize(source))
      Self.forEachRun(of: range, source.data.groupStarts) { range, rows in
        if rows.count <= InterceptTile.rows {
          work.solve(range, rows: rows, tile: tile, vectors: vectors, sums: sums)
        } else {
          work.solveLong(range.lowerBound, rows: rows, tile: tile, vectors: vectors, sums: sums)
        }
        work.finish(range, vectors: vectors, sums: sums)
      }
    }
  }

  /// Runs `body(scratch, groups of the chunk, sums of the chunk)` for every chunk, and adds the sums up in chunk order.
  func accumulate(
    into sums: InterceptSums,
    _ body: @Sendable (UnsafeMutablePointer<Double>, Range<Int>, InterceptSums) -> Void
  ) {
    let (source, partialSums) = (source, partialSums)
    let (scratch, scratchSize) = (scratch, scratchSize)
    let count = InterceptSums.count(source)
    chunks.run { thread, chunk, range in
      let sums = InterceptSums(source, in: partialSums, from: chunk * count)
      sums.storage.fill(with: 0)
      body(scratch.pointer + thread * scratchSize, range, sums)
    }
    sums.storage.fill(with: 0)
    for chunk in 0..<chunks.count {
      for index in 0..<count {
        sums.storage.pointer[index] += partialSums.pointer[chunk * count + index]
      }
    }
  }

  /// Calls `body` for runs of groups that fit a tile, or hold a single group that does not.
  @inline(__always)
  private static func forEachRun(
    of groups: Range<Int>, _ starts: [Int], _ body: (Range<Int>, _ rows: Range<Int>) -> Void
  ) {
    var first = groups.lowerBound
    while first < groups.upperBound {
      var end = first + 1
      while end < groups.upperBound && starts[end + 1] - starts[first] <= InterceptTile.rows {
        end += 1
      }
      body(first..<end, starts[first]..<starts[end])
      first = end
    }
  }

  private struct GroupWork: @unchecked Sendable {
    let source: InterceptData
    let posterior: InterceptPosterior
    let start: Start
    let groups: InterceptGroups

    /// Sets W_j, and E u_j, Q_j to start from.
    /// - Returns: the level that the group's rows share.
    @inline(__always)
    private func prepare(_ group: Int, at index: Int, _ vectors: GroupScratch) -> Double {
      let p = source.data.shape.fixedCount
      let from = start.groups
      let variance = from.variance.pointer[group]
      let loading = groups.loading.pointer + group * p
      let (old, border) = (from.loading.pointer + group * p, from.border.pointer + group * p)
      var mean = from.mean.pointer[group]
      for c in 0..<p {
        let next = variance * border[c]
        loading[c] = old[c] + start.fraction * (next - old[c])
        // The mean of u_j given b follows b.
        mean -= next * start.meanShift.pointer[c]
      }
      // S W_j a column at a time; then the level takes what belongs to the column of ones.
      var quadratic = 0.0
      var level = 0.0
      var position = 0
      let covariance = posterior.covariance.pointer
      for c in 0..<p {
        let row = covariance + c * p
        var product = 0.0
        for d in 0..<p { product += row[d] * loading[d] }
        quadratic += product * loading[c]
        let slope = posterior.mean.pointer[c] - product
        if c == source.onesColumn {
          level = slope + 0.5 * row[c]
        } else {
          vectors.slopes[position] = slope
          if let ones = source.onesColumn { vectors.slopes[position] += row[ones] }
          position += 1
        }
      }
      vectors.mean[index] = mean
      vectors.variance[index] = variance
      vectors.loadingVariance[index] = quadratic
      vectors.counts[index] = source.groupCounts.pointer[group]
      return level + mean + 0.5 * (quadratic + variance)
    }

    /// Finds the optimum of `count` groups from their rate sums.
    private func solveOptima(count: Int, _ vectors: GroupScratch) {
      // The last vector may reach beyond the groups: there, nothing is counted and nothing expected.
      let weight = posterior.weight
      for index in count..<((count + 7) / 8 * 8) {
        vectors.rateSum[index] = 0
        vectors.counts[index] = 0
        vectors.mean[index] = 0
        vectors.variance[index] = 1 / weight
      }
      for index in stride(from: 0, to: count, by: 8) {
        let optimum = InterceptOptimum(
          rateSum: load(vectors.rateSum + index), counts: load(vectors.counts + index),
          startMean: load(vectors.mean + index), startVariance: load(vectors.variance + index),
          weight: weight)
        store(optimum.mean, to: vectors.mean + index)
        store(optimum.variance, to: vectors.variance + index)
        store(optimum.expectedCount, to: vectors.rateSum + index)
        store(optimum.rateFactor, to: vectors.factor + index)
      }
    }

    /// A run of groups that fits the tile.
    func solve(
      _ range: Range<Int>, rows: Range<Int>, tile: InterceptTile, vectors: GroupScratch,
      sums: InterceptSums
    ) {
      let starts = source.data.groupStarts
      for (index, group) in range.enumerated() {
        let level = prepare(group, at: index, vectors)
        tile.spread(
          level: level, slopes: vectors.slopes, from: starts[group] - rows.lowerBound,
          to: starts[group + 1] - rows.lowerBound)
      }
      tile.fillRates(first: rows.lowerBound, count: rows.count)
      for (index, group) in range.enumerated() {
        vectors.rateSum[index] = sum(
          tile.rate + (starts[group] - rows.lowerBound), starts[group + 1] - starts[group])
      }
      solveOptima(count: range.count, vectors)
      for (index, group) in range.enumerated() {
        let rate = tile.rate + (starts[group] - rows.lowerBound)
        let factor = vectors.factor[index]
        for i in 0..<(starts[group + 1] - starts[group]) { rate[i] *= factor }
      }
      tile.addGram(first: rows.lowerBound, count: rows.count, to: sums.gram)
      for (index, group) in range.enumerated() {
        clearBorder(group, expectedCount: vectors.rateSum[index])
        tile.addBorder(
          from: starts[group] - rows.lowerBound, to: starts[group + 1] - rows.lowerBound,
          into: border(group))
      }
    }

    /// A group that is longer than the tile: one round for the sum of its rates, and one at its optimum.
    func solveLong(
      _ group: Int, rows: Range<Int>, tile: InterceptTile, vectors: GroupScratch,
      sums: InterceptSums
    ) {
      var level = prepare(group, at: 0, vectors)
      let (startMean, startVariance) = (vectors.mean[0], vectors.variance[0])
      func forEachTile(_ body: (_ first: Int, _ count: Int) -> Void) {
        for first in stride(from: rows.lowerBound, to: rows.upperBound, by: InterceptTile.rows) {
          let count = min(InterceptTile.rows, rows.upperBound - first)
          tile.spread(level: level, slopes: vectors.slopes, from: 0, to: count)
          tile.fillRates(first: first, count: count)
          body(first, count)
        }
      }
      var rateSum = 0.0
      forEachTile { _, count in rateSum += sum(tile.rate, count) }
      vectors.rateSum[0] = rateSum
      solveOptima(count: 1, vectors)
      level += vectors.mean[0] - startMean + 0.5 * (vectors.variance[0] - startVariance)
      clearBorder(group, expectedCount: vectors.rateSum[0])
      forEachTile { first, count in
        tile.addGram(first: first, count: count, to: sums.gram)
        tile.addBorder(from: 0, to: count, into: border(group))
      }
    }

    /// Borders while they are added up: the varying columns first, then the ones.
    private func border(_ group: Int) -> UnsafeMutablePointer<Double> {
      groups.border.pointer + group * source.data.shape.fixedCount
    }

    private func clearBorder(_ group: Int, expectedCount: Double) {
      let (border, varying) = (border(group), source.varyingColumns.count)
      border.update(repeating: 0, count: varying)
      if source.onesColumn != nil { border[varying] = expectedCount }
    }

    /// Puts the border's columns in their places.
    private func arrangeBorder(_ group: Int) {
      guard let ones = source.onesColumn else { return }
      let (border, varying) = (border(group), source.varyingColumns.count)
      let value = border[varying]
      for c in stride(from: varying, to: ones, by: -1) { border[c] = border[c - 1] }
      border[ones] = value
    }

    /// Adds what the groups contribute beside their rows.
    func finish(_ range: Range<Int>, vectors: GroupScratch, sums: InterceptSums) {
      let p = source.data.shape.fixedCount
      let w = posterior.weight
      let covariance = posterior.covariance.pointer
      var precisionProduct = 1.0
      for (index, group) in range.enumerated() {
        arrangeBorder(group)
        let border = border(group)
        let (u, q, rho) = (vectors.mean[index], vectors.variance[index], vectors.rateSum[index])
        groups.mean.pointer[group] = u
        groups.variance.pointer[group] = q
        // d log rho = (d log A - (u + w Q^2 / 2) d log w) / slope, from the equation for the optimum.
        let slope = 1 + rho * (1 / w + 0.5 * q * q)
        let kappa = (1 / w + 0.5 * q * q) / slope
        let rateSlope = -(u + 0.5 * w * q * q) / slope
        let loading = groups.loading.pointer + group * p
        for c in 0..<p {
          let (byVariance, byKappa) = (q * border[c], kappa * border[c])
          let shift = byVariance - loading[c]
          sums.loadingShift.pointee += covariance[c * (p + 1)] * shift * shift / q
          sums.rates[c] += border[c]
          sums.ratesSlope[c] += rateSlope * border[c]
          for d in 0...c {
            sums.schur[c * p + d] += byVariance * border[d]
            sums.response[c * p + d] += byKappa * border[d]
            sums.loadings[c * p + d] += q * byVariance * border[d]
          }
        }
        let meanSlope = -(rho / w) * rateSlope - u
        let varianceSlope = -q * q * (rho * rateSlope + w)
        let loadingVariance = vectors.loadingVariance[index]
        sums.squares.pointee += u * u + q + loadingVariance
        sums.loadingSquares.pointee += loadingVariance
        sums.loadingProduct.pointee += q * loadingVariance
        sums.squaresSlope.pointee += 2 * u * meanSlope + varianceSlope
        sums.expectedCount.pointee += rho
        let product = vectors.counts[index] * u
        sums.countProduct.pointee += product
        sums.magnitude.pointee += product.magnitude
        precisionProduct /= q
        if !(precisionProduct < 1e100 && precisionProduct > 1e-100) {
          sums.logPrecisions.pointee += log(precisionProduct)
          precisionProduct = 1
        }
      }
      sums.logPrecisions.pointee += log(precisionProduct)
    }
  }
}
