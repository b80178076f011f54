extension FitOutput {
  struct ContrastJSON: Encodable {
    let contrast: String
    let mean, sd, z, p: JSONNumber
    let ciLower, ciUpper: JSONNumber
    let irr, irrLower, irrUpper: JSONNumber

    init(_ effect: FixedEffect) {
      contrast = effect.parameter
      mean = JSONNumber(value: effect.mean)
      sd = JSONNumber(value: effect.sd)
      z = JSONNumber(value: effect.z)
      p = JSONNumber(value: effect.p)
      ciLower = JSONNumber(value: effect.interval.lower)
      ciUpper = JSONNumber(value: effect.interval.upper)
      irr = JSONNumber(value: effect.irr)
      irrLower = JSONNumber(value: effect.irrInterval.lower)
      irrUpper = JSONNumber(value: effect.irrInterval.upper)
    }
  }

  struct MarginalMeanJSON: Encodable {
    let factor, level: String
    let mean, sd, ciLower, ciUpper: JSONNumber
    let count, countLower, countUpper: JSONNumber

    init(_ mean: MarginalMeans.Mean, factor: String) {
      self.factor = factor
      level = mean.level
      self.mean = JSONNumber(value: mean.mean)
      sd = JSONNumber(value: mean.sd)
      ciLower = JSONNumber(value: mean.interval.lower)
      ciUpper = JSONNumber(value: mean.interval.upper)
      count = JSONNumber(value: mean.count)
      countLower = JSONNumber(value: mean.countInterval.lower)
      countUpper = JSONNumber(value: mean.countInterval.upper)
    }
  }

  /// `levels` are the one that is compared and the one that it is compared with.
  struct PairJSON: Encodable {
    let factor: String
    let levels: [String]
    let mean, sd, z, p, ciLower, ciUpper: JSONNumber
    let irr, irrLower, irrUpper: JSONNumber
    /// Those that allow for all differences of the factor.
    let simultaneousP, simultaneousLower, simultaneousUpper: JSONNumber

    init(_ pair: Pairs.Difference, factor: String) {
      self.factor = factor
      levels = [pair.levels.second, pair.levels.first]
      mean = JSONNumber(value: pair.own.mean)
      sd = JSONNumber(value: pair.own.sd)
      z = JSONNumber(value: pair.own.z)
      p = JSONNumber(value: pair.own.p)
      ciLower = JSONNumber(value: pair.own.interval.lower)
      ciUpper = JSONNumber(value: pair.own.interval.upper)
      irr = JSONNumber(value: pair.own.irr)
      irrLower = JSONNumber(value: pair.own.irrInterval.lower)
      irrUpper = JSONNumber(value: pair.own.irrInterval.upper)
      simultaneousP = JSONNumber(value: pair.p)
      simultaneousLower = JSONNumber(value: pair.interval.lower)
      simultaneousUpper = JSONNumber(value: pair.interval.upper)
    }
  }
}
