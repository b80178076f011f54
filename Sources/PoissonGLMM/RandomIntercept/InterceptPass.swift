import PlatformEssentials

/// One pass over the data of a random-intercept model: for given q(b) and w, the best q(u_j | b) of
/// every group, and the sums from which the bound and the next step follow.
///
/// A step of q(b) and w depends on the groups only through these sums, so that what is left to
/// iterate on is of size p, not G.
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
      InterceptTile.scratchSize(source) + InterceptGroupTile.scratchSize(source)
    scratch = DoubleStorage(count: chunks.threads * scratchSize)
  }

  /// Where a pass starts from.
  struct Start {
    let groups: InterceptGroups
    /// The share of the change from the regressions of `groups` to the next ones, Q_j C_j.
    let fraction: Double
    /// The change of E b since `groups` were filled, p.
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
      let vectors = InterceptGroupTile(source, scratch: base + InterceptTile.scratchSize(source))
      Self.forEachRun(of: range, source.data.groupStarts) { range, rows in
        if rows.count <= InterceptTile.rows {
          work.solve(range, rows: rows, tile: tile, vectors: vectors, sums: sums)
        } else {
          work.solveLong(range.lowerBound, rows: rows, tile: tile, vectors: vectors, sums: sums)
        }
        vectors.finish(range, posterior: posterior, into: groups, sums: sums)
      }
    }
  }

  /// Runs `body(scratch, groups of the chunk, sums of the chunk)` for every chunk, and adds the
  /// sums up in chunk order.
  func accumulate(
    into sums: InterceptSums,
    _ body: @Sendable (UnsafeMutablePointer<Double>, Range<Int>, InterceptSums) -> Void
  ) {
    let (source, partialSums) = (source, partialSums)
    let (scratch, scratchSize) = (scratch, scratchSize)
    let count = InterceptSums.count(source)
    chunks.run { thread, chunk, range in
      let sums = InterceptSums(source, in: partialSums, from: chunk * count)
      sums.clear()
      body(scratch.pointer + thread * scratchSize, range, sums)
    }
    sums.clear()
    for chunk in 0..<chunks.count {
      sums.add(InterceptSums(source, in: partialSums, from: chunk * count))
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

    /// A run of groups that fits the tile.
    func solve(
      _ range: Range<Int>, rows: Range<Int>, tile: InterceptTile, vectors: InterceptGroupTile,
      sums: InterceptSums
    ) {
      vectors.prepare(range, from: start, posterior: posterior)
      source.data.groupStarts.withUnsafeBufferPointer { starts in
        let count = range.count
        let starts = UnsafeBufferPointer(rebasing: starts[range.lowerBound...range.upperBound])
        let first = rows.lowerBound
        for index in 0..<count {
          tile.fillPredictors(
            vectors, index, from: starts[index] &- first, to: starts[index &+ 1] &- first)
        }
        tile.fillRates(first: first, count: rows.count)
        for index in 0..<count {
          vectors.rateSum[index] = sum(
            tile.rate + (starts[index] &- first), starts[index &+ 1] &- starts[index])
        }
        vectors.solve(count: count, termPrecision: posterior.termPrecision)
        for index in 0..<count {
          tile.scale(
            by: vectors.factor[index], from: starts[index] &- first,
            to: starts[index &+ 1] &- first)
        }
        tile.addGram(first: first, count: rows.count, isScaled: true, to: sums.gram)
        for index in 0..<count {
          tile.setBorder(
            vectors, index, from: starts[index] &- first, to: starts[index &+ 1] &- first)
        }
      }
    }

    /// A group that is longer than the tile: a first round over its rows sums its rates, a second
    /// is at its optimum.
    func solveLong(
      _ group: Int, rows: Range<Int>, tile: InterceptTile, vectors: InterceptGroupTile,
      sums: InterceptSums
    ) {
      vectors.prepare(group..<(group + 1), from: start, posterior: posterior)
      let (startMean, startVariance) = (vectors.mean[0], vectors.variance[0])
      func forEachTile(_ body: (_ first: Int, _ count: Int) -> Void) {
        for first in stride(from: rows.lowerBound, to: rows.upperBound, by: InterceptTile.rows) {
          let count = min(InterceptTile.rows, rows.upperBound - first)
          tile.fillPredictors(vectors, 0, from: 0, to: count)
          tile.fillRates(first: first, count: count)
          body(first, count)
        }
      }
      var rateSum = 0.0
      forEachTile { _, count in rateSum += sum(tile.rate, count) }
      vectors.rateSum[0] = rateSum
      vectors.solve(count: 1, termPrecision: posterior.termPrecision)
      vectors.level[0] +=
        vectors.mean[0] - startMean + 0.5 * (vectors.variance[0] - startVariance)
      for c in 0..<source.data.shape.fixedCount { vectors.border(c)[0] = 0 }
      forEachTile { first, count in
        tile.addGram(first: first, count: count, to: sums.gram)
        for (position, c) in source.varyingColumns.enumerated() {
          vectors.border(c)[0] += tile.weightedSum(position, count: count)
        }
      }
      if let ones = source.onesColumn { vectors.border(ones)[0] = vectors.rateSum[0] }
    }
  }
}
