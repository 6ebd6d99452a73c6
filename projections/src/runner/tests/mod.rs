mod equality;
mod following;
mod gaps;
mod rebuilding;
mod trouble;
