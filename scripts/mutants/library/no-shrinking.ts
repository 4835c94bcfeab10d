import { configureGlobal } from "fast-check";

// Loaded before the tests. That a property fails is enough to know; looking for the smallest input takes many times as long.
configureGlobal({ endOnFailure: true });
