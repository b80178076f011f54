/// The version of this package, as reports name it.
package let packageVersion = "0.1.0"
