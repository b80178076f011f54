import GSLNumerics

/// Values of one hyperparameter for draws from the components of a posterior.
///
/// Components have the hyperparameter at points about one SD apart, or one component has it as a
/// normal. In between its own distribution knows more: a draw from a component takes a uniform
/// share of the probability that the points with its value stand for, in order of the values, and
/// the quantile there. So the draws have that distribution, and depend on the other parameters as
/// the components do.
struct HyperparameterDraws {
  /// By component: the probability below its value, and that of its value.
  private let shares: [(below: Double, own: Double)]
  /// Quantiles at normal values from -5 to 5.
  private let table: [Double]

  private static let reach = 5.0
  private static let intervals = 400

  /// - Parameter values: of the components.
  init(_ marginal: Marginal, weights: [Double], values: [Double]) {
    var shares = weights.map { (below: 0.0, own: $0) }
    let order = values.indices.sorted { values[$0] < values[$1] }
    var (start, below) = (0, 0.0)
    while start < order.count {
      var (end, mass) = (start, 0.0)
      while end < order.count, values[order[end]] == values[order[start]] {
        mass += weights[order[end]]
        end += 1
      }
      for index in order[start..<end] { shares[index] = (below, mass) }
      below += mass
      start = end
    }
    self.shares = shares
    table = (0...Self.intervals).map { index in
      let z = Self.reach * (2 * Double(index) / Double(Self.intervals) - 1)
      return marginal.quantile(NormalDistribution.cumulative(z))
    }
  }

  /// - Parameter uniform: between 0 and 1.
  func value(component: Int, uniform: Double) -> Double {
    let (below, own) = shares[component]
    let z = NormalDistribution.quantile(min(max(below + uniform * own, 1e-12), 1 - 1e-12))
    let place = (z / Self.reach + 1) / 2 * Double(Self.intervals)
    let index = min(max(Int(place), 0), Self.intervals - 1)
    let share = min(max(place - Double(index), 0), 1)
    return table[index] + share * (table[index + 1] - table[index])
  }
}

/// Draws of the fixed effects and the hyperparameters from their joint posterior, the same ones
/// every time.
struct ParameterDraws {
  struct Draw {
    let fixedEffects: [Double]
    let logSDs: [Double]
    let partialCorrelations: [Double]
    let familyParameters: [Double]
  }

  /// The Monte Carlo error of a median is then 0.015 SD.
  static let count = 8000

  private let posterior: Posterior
  private let logSDs: [HyperparameterDraws]
  private let partialCorrelations: [HyperparameterDraws]
  private let familyParameters: [HyperparameterDraws]

  init(_ posterior: Posterior) {
    self.posterior = posterior
    let (components, weights) = (posterior.components, posterior.components.map(\.weight))
    logSDs = posterior.logSDs.enumerated().map { index, marginal in
      HyperparameterDraws(
        marginal, weights: weights, values: components.map { $0.gaussian.logSDMean[index] })
    }
    partialCorrelations = posterior.partialCorrelations.enumerated().map { index, marginal in
      HyperparameterDraws(
        marginal, weights: weights, values: components.map { $0.gaussian.correlationMean[index] })
    }
    familyParameters = posterior.familyParameters.enumerated().map { index, marginal in
      HyperparameterDraws(
        marginal, weights: weights, values: components.map { $0.gaussian.familyMean[index] })
    }
  }

  /// - Throws: `FitError` if there are no random numbers.
  static func stream() throws(FitError) -> RandomStream {
    do {
      return try RandomStream(
        seed: 0, scenario: "parameters", replicate: 0, purpose: .posteriorDraws)
    } catch {
      throw FitError("Draws cannot be made: \(error).")
    }
  }

  /// - Throws: `FitError` if there are no random numbers.
  func draws(count: Int) throws(FitError) -> [Draw] {
    let stream = try Self.stream()
    let p = posterior.fixedMean.count
    let units = (0..<p).map { c in (0..<p).map { $0 == c ? 1.0 : 0 } }
    // The components in their order, the fixed effects within.
    let effects = try CombinationDraws(posterior, weights: units)
    return effects.draws(count: count).map { component, fixedEffects in
      draw(fixedEffects, ofComponent: component, from: stream)
    }
  }

  /// Hyperparameters that go with fixed effects from a component, by its index.
  func draw(
    _ fixedEffects: [Double], ofComponent component: Int, from stream: RandomStream
  ) -> Draw {
    Draw(
      fixedEffects: fixedEffects,
      logSDs: logSDs.map { $0.value(component: component, uniform: stream.uniform()) },
      partialCorrelations: partialCorrelations.map {
        $0.value(component: component, uniform: stream.uniform())
      },
      familyParameters: familyParameters.map {
        $0.value(component: component, uniform: stream.uniform())
      })
  }
}
