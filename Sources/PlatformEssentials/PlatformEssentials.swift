// The part of Foundation without the data of all the world's languages, which would be three
// quarters of the C library, and the C library of the system: what a module needs that has nothing
// to do with locales.
#if canImport(FoundationEssentials)
  @_exported import FoundationEssentials
#else
  @_exported import Foundation
#endif

#if canImport(Glibc)
  @_exported import Glibc
#elseif canImport(Darwin)
  @_exported import Darwin
#endif
