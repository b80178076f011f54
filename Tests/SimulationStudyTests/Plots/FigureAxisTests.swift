import Testing

@testable import SimulationStudy

@Suite struct FigureAxisTests {
  @Test func shareScaleSpreadsWhatIsNearOne() {
    // Square roots of 0.05 and 0.06.
    #expect(abs(AxisScale.share.position(0.95) + 0.223_606_797_75) < 1e-11)
    #expect(abs(AxisScale.share.position(0.94) + 0.244_948_974_28) < 1e-11)
    #expect(AxisScale.share.position(1) == 0)
    #expect(AxisScale.share.position(1.0000001) == 0)
    #expect(AxisScale.share.position(0) == -1)
    #expect(AxisScale.logarithmic.position(0) == -.infinity)
    #expect(AxisScale.logarithmic.position(1000) == 3)
  }

  @Test func compressedAxisShowsWhatIsNearZero() throws {
    // asinh(3) and asinh(10), from Python.
    let scale = AxisScale.compressed(beyond: 0.03)
    #expect(abs(scale.position(0.09) - 1.818_446_459_23) < 1e-11)
    #expect(abs(scale.position(-0.3) + 2.998_222_950_30) < 1e-11)
    let axis = try #require(FigureAxis.compressed([-0.3, 0.1], beyond: 0.03, room: 11))
    #expect(
      axis.ticks.map(\.label) == [
        "-0.2", "-0.1", "-0.05", "-0.02", "0", "0.02", "0.05", "0.1", "0.2",
      ])
    #expect(axis.range.contains(0.3) && axis.range.contains(-0.3))
    #expect(FigureAxis.compressed([0, .nan], beyond: 0.03, room: 11) == nil)
    #expect(FigureAxis.compressed([1], beyond: 0, room: 11) == nil)
  }

  @Test func linearTicksAreRoundAndInRange() throws {
    let axis = try #require(FigureAxis.linear([-0.31, 0.52]))
    #expect(axis.ticks.map(\.label) == ["-0.2", "0", "0.2", "0.4"])
    #expect(axis.range.lowerBound < -0.31 && axis.range.upperBound > 0.52)
    let constant = try #require(FigureAxis.linear([2, 2]))
    #expect(constant.range.contains(2) && constant.range.lowerBound < constant.range.upperBound)
  }

  @Test func shareTicksKeepTheNominalLevel() throws {
    let axis = try #require(FigureAxis.shares([0.1, 0.95, 1], nominal: 0.95, room: 6))
    #expect(axis.ticks.map(\.label) == ["0.2", "0.5", "0.8", "0.95", "1"])
    // All intervals cover the truth: there still is a range.
    let perfect = try #require(FigureAxis.shares([1, 1], nominal: nil, room: 4))
    #expect(perfect.range.lowerBound < 1)
  }

  @Test func logarithmicTicksArePowersOfTen() throws {
    let axis = try #require(FigureAxis.logarithmic([100, 1_000_000]))
    #expect(axis.ticks.map(\.label) == ["100", "1,000", "10,000", "100,000", "1,000,000"])
    let short = try #require(FigureAxis.logarithmic([1, 8]))
    #expect(short.ticks.map(\.label) == ["1", "2", "5", "10"])
  }

  @Test(arguments: [[Double](), [.nan], [.infinity, -.infinity], [1e300]])
  func nothingDrawableIsNoAxis(_ values: [Double]) {
    #expect(FigureAxis.linear(values) == nil)
    #expect(FigureAxis.logarithmic(values) == nil)
    #expect(FigureAxis.shares(values, nominal: 0.95, room: 5) == nil)
  }

  @Test(arguments: [[1e-300, 2e-300], [-1e11, 1e11], [1.0, 1 + 1e-12], [0.0, 0]])
  func extremesHaveFewTicks(_ values: [Double]) throws {
    let axis = try #require(FigureAxis.linear(values))
    #expect(axis.ticks.count < 20)
    #expect(axis.range.lowerBound < axis.range.upperBound)
  }
}
