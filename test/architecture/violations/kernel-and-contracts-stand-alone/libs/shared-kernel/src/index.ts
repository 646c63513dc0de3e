export { Injectable } from '@nestjs/common'; // reported
