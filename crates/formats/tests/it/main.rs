//! The readers through the public API, in one binary. Cases are data: `golden` compares each file
//! of `testdata/formats` with what was read from it before.

mod golden;
