//! Health, metrics, and what a browser sees.

mod health;
mod pages;
