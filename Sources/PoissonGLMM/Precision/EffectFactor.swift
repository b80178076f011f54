/// One grouping factor with its terms: every row belongs to one level, and adds its design values
/// times the effects of that level to the linear predictor.
struct EffectFactor {
  /// The level of every row, from 0 to `levels` - 1. Levels without rows are allowed.
  let levelOfRow: [Int]
  /// G, the number of levels.
  let levels: Int
  /// q columns of design values, one value a row.
  let terms: [[Double]]
}

/// The designs that cannot be factored in reasonable time and memory.
struct TrailingBlockTooLarge: Error, Equatable {
  /// The order of the dense block that the design would need.
  let order: Int
  /// The largest order that is allowed.
  let limit: Int
}

/// What kernels need of one factor, in elimination order.
struct FactorShape: Sendable {
  /// G, the number of levels.
  let levels: Int
  /// q, the number of effects of a level.
  let terms: Int
  /// Where the factor's effects begin in theta.
  let start: Int
  /// Where the factor's design values begin in a row.
  let column: Int
  /// The number of levels of the factors before.
  let firstLevel: Int
  /// The number of elements of the q x q blocks of the factors before.
  let blockStart: Int
  /// The panel of a sparse factor's node whose list begins at r begins at `panelBase` + r q.
  var panelBase = 0
}
