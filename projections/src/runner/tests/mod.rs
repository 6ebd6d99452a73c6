mod equality;
mod following;
mod rebuilding;
mod trouble;
