"""Records of releases, and what the code keeps of them."""
