"""Work for many machines: signals in shards, and the engines that write them."""
