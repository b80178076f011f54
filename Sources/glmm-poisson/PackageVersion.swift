/// The version of this package, as reports name it.
let packageVersion = "0.1.0"
