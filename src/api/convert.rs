//! Between the resources and the core, purely: a policy's spec becomes what the core works with, and what the core says becomes
//! findings and totals.
