internal import CCounterRNG
@preconcurrency internal import CGSL

/// A source of uniform random numbers, chosen by name: Philox 4x64-10 or any generator of GSL's.
public struct RandomGenerator: Sendable, Hashable {
  /// `philox4x64-10`, or GSL's name, for example `mt19937`, `ranlxd2`, `taus2`, `gfsr4`.
  public let name: String

  /// The generator of that name.
  /// - Throws: `GSLError` that lists the known names if this is none of them.
  public init(named name: String) throws(GSLError) {
    guard Self.types[name] != nil else {
      throw .invalid(
        "random generator",
        "\"\(name)\" is not a known generator; known are \(Self.available.joined(separator: ", "))")
    }
    self.name = name
  }

  private init(known name: String) {
    self.name = name
  }

  /// Philox 4x64-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as
  /// 1, 2, 3"): counter-based, so that a stream is found by its address and not by its history.
  public static let philox4x64 = RandomGenerator(
    known: String(cString: counter_rng_philox4x64().pointee.name))

  /// Every known name: Philox first, then GSL's in alphabetical order.
  public static var available: [String] {
    [philox4x64.name] + types.keys.filter { $0 != philox4x64.name }.sorted()
  }

  /// The C type behind the name. Every `RandomGenerator` is of a known name.
  var type: UnsafePointer<gsl_rng_type> { Self.types[name] ?? counter_rng_philox4x64() }

  /// GSL's table of generators and our own, by name. The types are constants that live as long as
  /// the process; GSL fills its table at the first call, which a static property does once.
  nonisolated(unsafe) private static let types: [String: UnsafePointer<gsl_rng_type>] = {
    let philox: UnsafePointer<gsl_rng_type> = counter_rng_philox4x64()
    var types = [String(cString: philox.pointee.name): philox]
    var entry = gsl_rng_types_setup()
    while let type = entry?.pointee {
      types[String(cString: type.pointee.name)] = type
      entry = entry?.successor()
    }
    return types
  }()
}
